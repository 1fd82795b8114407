"""Groups of `digilab …`, one file each. They call the same use cases as the pages do."""
