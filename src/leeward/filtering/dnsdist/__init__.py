"""dnsdist in front of a provider's resolvers: its configuration, and the script that reads the compiled tables there."""
