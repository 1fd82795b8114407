"""Every event that the code tells has its sentence, and the sentence takes the evidence that is given with it."""

import ast
import string
import tomllib
from pathlib import Path

import digilab
from digilab.errors import ModelMissingError, NotNowError, StoreUnreachableError
from digilab.jobs import history, lifecycle
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


HANDED_BACK = {
    "postponed": {"reason", "code"},
    "reviewed": {"values", "login"},
    "rows-settled": {"login"},
    "speakers-separated": {"speakers"},
}
"""What an error says, why a further join is made, and what an extra part has done: their callers say so."""


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


def sentences(lab: Lab, job: int) -> list[str]:
    with lab.database.reading() as session:
        return [each.sentence for each in history.of_job(session, job, "ja") if each.event == "postponed"]


def test_a_house_that_lacks_something_for_long_is_told_once_in_the_errors_own_words(lab: Lab) -> None:
    """A recording of twelve hours has more than a thousand parts, and each asks every few minutes."""
    job = lab.job()
    lab.split(3)
    for _ in range(12):
        lab.act(lifecycle.postpone, lab.begin(), ModelMissingError(name="whisper-9"))
        lab.pass_time(400)
    [told] = sentences(lab, job)
    assert ModelMissingError(name="whisper-9").sentence("ja") in told
    assert "(model-missing)" in told


def test_when_the_house_lacks_something_else_that_is_told_too(lab: Lab) -> None:
    job = lab.job()
    lab.split(1)
    for reason in ("the disk is gone", "it is gone at another place"):
        lab.act(lifecycle.postpone, lab.begin(), StoreUnreachableError(reason=reason))
        lab.pass_time(400)
    lab.act(lifecycle.postpone, lab.begin(), ModelMissingError(name="whisper-9"))
    store, model = sentences(lab, job)
    assert "お試しください" not in store, "nobody needs to try anything again: the house does"
    assert "whisper-9" in model


def test_a_line_that_an_earlier_version_has_told_can_be_read(lab: Lab) -> None:
    job = lab.job()
    with lab.database.transaction() as session:
        history.tell(session, job, "postponed", code="model-missing", seconds=1, part=1)
    [told] = sentences(lab, job)
    assert "(model-missing)" in told
