"""Form definitions: where a paper form's fields stand and what they may hold."""
