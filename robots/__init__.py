"""Rows → keyed into a finance system. An engine of its own; its first part comes with the robots."""
