"""Our own client: read what partners tell, by the minute or when their bell rings."""
