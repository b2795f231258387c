"""Whom signs are exchanged with: who they are, how far each is believed, and by which keys it is known."""
