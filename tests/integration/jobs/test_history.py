"""Every event that the code tells has its sentence, and the sentence takes the evidence that is given with it."""

import ast
import string
import tomllib
from pathlib import Path

import digilab
from digilab.errors import NotNowError
from digilab.jobs import history
from digilab.jobs.records import HistoryEntry
from digilab.language import LANGUAGES, keys, text
from integration.jobs.lab import Lab

PACKAGES = Path(digilab.__file__).resolve().parents[1]


def told_in_the_code() -> dict[str, set[str]]:
    """Event → names of its evidence, of every call of `tell`."""
    found: dict[str, set[str]] = {}
    for path in [*PACKAGES.glob("digilab/**/*.py"), *PACKAGES.glob("workers/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tell":
                evidence = {keyword.arg for keyword in node.keywords if keyword.arg}
                for event in ast.walk(node.args[2]):
                    if isinstance(event, ast.Constant) and isinstance(event.value, str):
                        found[event.value] = evidence
    return found | HANDED_BACK | told_of_waiting()


HANDED_BACK = {"reviewed": {"values", "login"}, "rows-settled": {"login"}, "speakers-separated": {"speakers"}}
"""Why a further join is made, and what an extra part has done: their callers say so."""


def told_of_waiting() -> dict[str, set[str]]:
    """Whatever can only be done later is told in the words of its error, with the same evidence."""
    found = {}
    errors = tomllib.loads((PACKAGES / "digilab" / "language" / "ja.toml").read_text(encoding="utf-8"))["errors"]
    for kind in NotNowError.__subclasses__():
        if not kind.no_news:
            fields = string.Formatter().parse(errors[kind.code])
            found[f"waits-{kind.code}"] = {name for _, name, _, _ in fields if name}
    return found


def test_every_event_has_a_sentence_in_every_language() -> None:
    events = told_in_the_code()
    assert len(events) >= 12
    for language in LANGUAGES:
        sentences = {key.removeprefix("history.") for key in keys(language) if key.startswith("history.")}
        assert sentences == set(events)
        for event, evidence in events.items():
            assert text(language, f"history.{event}", **dict.fromkeys(evidence, "〇"))


def test_a_history_is_read_in_order_and_in_the_readers_language(lab: Lab) -> None:
    job = lab.whole_job()
    with lab.database.reading() as session:
        japanese = history.of_job(session, job, "ja")
        english = history.of_job(session, job, "en")
    assert [each.event for each in japanese] == [each.event for each in english]
    assert [each.at for each in japanese] == sorted(each.at for each in japanese)
    assert japanese[0].sentence == "受け付けました(1ファイル、提出者 sato)。"
    assert "sato" in english[0].sentence
    assert lab.count(HistoryEntry) == len(japanese)
