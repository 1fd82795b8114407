"""The engine's own version: it changes when the same audio and model may give another text."""

VERSION = "transcribe 4"
