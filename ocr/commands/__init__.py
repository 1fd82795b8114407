"""What `python -m ocr` does, one module a command. Each is imported only when it is called: `check` starts without a recogniser."""
