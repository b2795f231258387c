"""Show an age in a video call: two members of staff say independently what they saw, and only equal answers count."""
