"""Leeward as an OpenID provider that knows nobody: a site learns an age and how sure it is, and no name to join visits by."""
