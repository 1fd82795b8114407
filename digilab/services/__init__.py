"""The menu: what departments can hand in, and which engine does it."""
