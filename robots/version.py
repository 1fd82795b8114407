"""The engine's version, kept with what it wrote."""

VERSION = "1.0.0"
