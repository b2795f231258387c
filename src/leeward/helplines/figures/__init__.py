"""How well the helpline answers, in numbers without content."""
