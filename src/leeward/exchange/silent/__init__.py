"""What signs that wait for a person would have met, counted without effect on anybody."""
