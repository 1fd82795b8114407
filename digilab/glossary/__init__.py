"""用語集: names, places and expressions that recordings are read with, by department, service and day of the meeting."""
