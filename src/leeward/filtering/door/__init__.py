"""The page of a closed door: why a name is closed for whoever asks, and what can be done about it."""
