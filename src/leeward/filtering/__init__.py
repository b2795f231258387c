"""What a host name resolves to, and the page that explains a closed door."""
