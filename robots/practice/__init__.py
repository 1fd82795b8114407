"""A practice finance system: real screens, real database, faults on demand. Not a finance system."""
