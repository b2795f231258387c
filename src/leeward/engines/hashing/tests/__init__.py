"""Tests of the hashing engine."""
