"""The desk: one case for each thing complained of, one decision taken well, and everything that follows shown as done or owed."""
