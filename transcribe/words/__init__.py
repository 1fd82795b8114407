"""Words that matter: a glossary's terms offered to the model and counted, fillers marked, numbers as spoken or written."""

from transcribe.words.fillers import marked
from transcribe.words.hits import hits, recounted
from transcribe.words.hotwords import glossary_notes, hotwords, offered, prompt_room
from transcribe.words.style import AS_SPOKEN, Style, styled
from transcribe.words.terms import Term, read_terms, terms_from_json, terms_json

__all__ = [
    "AS_SPOKEN",
    "Style",
    "Term",
    "glossary_notes",
    "hits",
    "hotwords",
    "marked",
    "offered",
    "prompt_room",
    "read_terms",
    "recounted",
    "styled",
    "terms_from_json",
    "terms_json",
]
