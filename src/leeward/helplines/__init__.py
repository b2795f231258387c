"""Helplines: where a child finds someone to talk to. Nothing here is read by the case desk, and the case desk is not read here."""
