"""The pure engines: values in, values out, with no Django, clock, network or settings."""
