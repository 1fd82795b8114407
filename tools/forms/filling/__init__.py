"""Who fills in which form with what: one file to a form, named like its sheet."""
