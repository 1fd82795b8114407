"""The terms that a job's recordings are read with: chosen once, by its split, and kept beside the job."""

from typing import Any

from digilab.errors import OptionsMalformedError
from digilab.glossary import choose
from digilab.jobs.records import Job
from transcribe.words import Term, terms_from_json, terms_json
from workers.context import Context

KEY = "glossary"


def pinned(context: Context) -> str:
    """Store key of the job's terms; empty where there are none.

    A split that runs again keeps the first one's: else half of a meeting would be read with a glossary that somebody changed meanwhile.
    """
    for known in context.known_work.values():
        return str(known.get(KEY, ""))
    try:
        with context.transaction() as session:
            chosen = choose.terms_of(session, session.get_one(Job, context.job.id))
            terms = [Term(term.text, term.reading, term.kind) for term in chosen]
    except ValueError as error:  # a meeting date that is no day
        raise OptionsMalformedError from error
    return context.put(context.key("glossary.json"), terms_json(terms)) if terms else ""


def terms_of(context: Context, payload: dict[str, Any]) -> tuple[Term, ...]:
    """The terms that a part of the job is read with."""
    key = payload.get(KEY)
    return terms_from_json(context.get(key)) if key else ()
