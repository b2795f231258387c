"""The provider's lines: whose they are, which addresses they have now, and the link with a household."""
