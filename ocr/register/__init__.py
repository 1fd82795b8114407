"""Which form is this page, and where does it lie? Or: it fits none, and here is why."""
