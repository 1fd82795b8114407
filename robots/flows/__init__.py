"""The flows: one module each, named as its robot. A module here is found by its file; nothing registers itself."""
