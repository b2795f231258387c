"""What people decide about the signs of partners."""
