"""Is everything that was said in the text? What is doubtful is found, read again, and what is known is put on the certificate."""
