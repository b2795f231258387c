"""The doors of our TAXII 2.1 server."""
