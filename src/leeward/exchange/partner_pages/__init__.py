"""The operator's pages of partners."""
