"""Services that help children, each checked by a named person before a child sees it."""
