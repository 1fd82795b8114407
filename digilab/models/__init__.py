"""Speech models: folders with a manifest of checksums, brought in by file or, where there is internet, pulled."""
