"""Blind tokens: signed for an age that was shown, spent once at a site, and nobody here can tell who spent which."""
