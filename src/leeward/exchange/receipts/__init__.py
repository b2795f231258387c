"""Proof that a withdrawal arrived."""
