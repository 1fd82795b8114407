"""Scan + form definition → values. Knows nothing of jobs; runs alone by `python -m ocr`.

pages (files → pictures) → register (which form, where on the sheet) → regions (crops) → engine (characters) and marks → values (by type)
→ cases and rules (by form) → calibration (how likely is it wrong) → writing.
"""
