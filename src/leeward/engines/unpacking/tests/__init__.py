"""Tests of the unpacking engine."""
