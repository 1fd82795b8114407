"""Speakers as readers see them: 発言者1 until somebody writes who it was."""

from transcribe.errors import sentence


def shown(speaker: str, language: str) -> str:
    """`S1` as 発言者1; a name that people gave stays; empty where nobody knows."""
    number = speaker.removeprefix("S")
    return sentence("speaker-name", language, {"number": number}) if speaker and number.isdecimal() else speaker
