"""The tables that the data planes read: what each family set, followed by position."""
