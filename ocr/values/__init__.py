"""From what was read to a value of its type, and the checks of one field and of the whole form."""
