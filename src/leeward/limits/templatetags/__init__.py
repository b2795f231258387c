"""What templates of the limits can ask for."""
