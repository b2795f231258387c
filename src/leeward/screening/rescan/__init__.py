"""Re-scan: what was uploaded yesterday and becomes known today is found tonight."""
