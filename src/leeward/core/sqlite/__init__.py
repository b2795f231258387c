"""Django's SQLite backend with one addition: writers queue for their turn instead of trying again now and then."""
