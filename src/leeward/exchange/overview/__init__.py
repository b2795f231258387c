"""The exchange as an officer sees it: in numbers."""
