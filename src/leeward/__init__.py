"""Leeward: report once, protected everywhere."""
