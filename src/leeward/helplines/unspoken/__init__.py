"""How often children came in a language that nobody at a desk speaks."""
