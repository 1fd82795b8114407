"""The engine's version, kept with every value and every calibration."""

VERSION = "ocr 0.1.0"
