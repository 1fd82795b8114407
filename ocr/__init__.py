"""Scan + form definition → values. An engine of its own; its first part comes with the paper forms."""
