"""A guardian says how old a child is: the child asks on its own device, the guardian answers on the family page."""
