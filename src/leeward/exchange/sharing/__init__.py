"""What may be told to whom: rules, deny by default."""
