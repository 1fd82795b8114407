"""Results as files: csv, xlsx, json, pictures with the fields drawn in."""
