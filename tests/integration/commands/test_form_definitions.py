"""`digilab forms …` with the engine's own check in a child process, and the definitions that an empty house starts with."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from digilab.access.records import Audit
from digilab.config import FormSettings, Settings
from digilab.database.session import Database
from digilab.errors import FormCheckFailedError, FormError
from digilab.first_start import FORM_SERVICE, bring_forms, prepare
from digilab.forms import check
from digilab.forms.check import Checked, checked
from digilab.forms.records import FormRevision
from digilab.forms.shipped import shipped
from digilab.hours.records import Baseline
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.services.menu import service_of
from digilab.store.folder import FolderStore
from house.tree import ROOT
from integration.test_command_line import Command

SMALL = ROOT / "tests" / "forms" / "travel-expense-claim-2024"
WITH_NUMBERS = ROOT / "tests" / "forms" / "personal-number-report"


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    """A definition that a test may change."""
    folder = tmp_path / "claim"
    shutil.copytree(SMALL, folder)
    return folder


def changed(folder: Path, change: Callable[[str], str]) -> Path:
    file = folder / "form.yaml"
    file.write_text(change(file.read_text("utf-8")), "utf-8")
    return folder


def revisions(record: Database) -> list[tuple[str, str, str]]:
    with record.reading() as session:
        query = select(FormRevision).order_by(FormRevision.id)
        return [(each.definition.name, each.revision, each.state) for each in session.scalars(query)]


def test_a_definition_is_imported_listed_exported_and_imported_again_as_the_same(
    house: Command, record: Database, definition: Path, tmp_path: Path
) -> None:
    imported = house("forms", "import", definition)
    assert imported.code == 0, imported.err
    assert "公開しました" in imported.out
    listed = house("forms", "list").out.split("\t")
    assert (listed[0], listed[2], listed[3]) == ("travel-expense-claim", "公開", "全庁")
    target = tmp_path / "exported"
    assert house("forms", "export", "travel-expense-claim", "-o", target).code == 0
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        path.name: path.read_bytes() for path in definition.iterdir()
    }
    assert "同じ内容で公開済み" in house("forms", "import", target).out
    assert len(revisions(record)) == 1
    with record.reading() as session:
        [line] = session.scalars(select(Audit).where(Audit.action == "form-publish"))
    assert line.login.startswith("cli:")
    assert line.detail["revision"] == revisions(record)[0][1]


def test_of_a_damaged_revision_nothing_is_exported(
    house: Command, record: Database, definition: Path, data: Path, tmp_path: Path
) -> None:
    house("forms", "import", definition)
    with record.reading() as session:
        files = session.scalars(select(FormRevision.files)).one()
    (data / "files" / "kept" / files[-1]["key"]).write_bytes(b"damaged")
    ended = house("forms", "export", "travel-expense-claim", "-o", tmp_path / "out")
    assert ended.err.startswith("[stored-file-damaged]")
    assert not (tmp_path / "out").exists()


def test_only_what_form_yaml_names_is_taken_in(house: Command, definition: Path, tmp_path: Path) -> None:
    (definition / "memo.txt").write_text("下書き", "utf-8")
    assert house("forms", "import", definition).code == 0
    assert house("forms", "export", "travel-expense-claim", "-o", tmp_path / "out").code == 0
    assert not (tmp_path / "out" / "memo.txt").exists()


def test_other_content_under_a_published_revision_is_refused(
    house: Command, record: Database, definition: Path
) -> None:
    house("forms", "import", definition)
    refused = house("forms", "import", changed(definition, lambda text: text + "# a remark\n"))
    assert refused.code == 1
    assert refused.err.startswith("[form-revision-changed]")
    assert len(revisions(record)) == 1


def test_a_retired_form_is_told_as_such(house: Command, record: Database, definition: Path) -> None:
    house("forms", "import", definition)
    assert "1 版を廃止" in house("forms", "retire", "travel-expense-claim").out
    assert [state for _, _, state in revisions(record)] == ["retired"]
    assert "廃止" in house("forms", "list").out
    assert house("forms", "retire", "travel-expense-claim").err.startswith("[form-unknown]")


def test_a_departments_form_is_its_own(house: Command, record: Database, definition: Path) -> None:
    assert house("forms", "import", definition, "--department", "lab").code == 0
    assert house("forms", "import", definition).code == 0
    assert len(revisions(record)) == 2
    assert [line.split("\t")[3] for line in house("forms", "list").out.splitlines()] == ["全庁", "lab"]
    assert house("forms", "import", definition, "--department", "999").err.startswith("[not-found]")


def test_a_faulty_definition_is_refused_by_file_line_and_field_and_the_others_are_taken(
    house: Command, record: Database, definition: Path, tmp_path: Path
) -> None:
    good = tmp_path / "good"
    shutil.copytree(definition, good)
    ended = house(
        "forms", "import", changed(definition, lambda text: text.replace("type: amount", "type: money")), good
    )
    assert ended.code == 1
    assert "[form-definition-wrong]" in ended.err
    assert "form.yaml" in ended.err
    assert "money" in ended.err
    assert len(revisions(record)) == 1


def test_a_folder_that_is_no_definition_is_refused_in_words(house: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert house("forms", "import", tmp_path / "empty").err.startswith("[form-folder]")
    assert house("forms", "import", tmp_path / "nowhere").err.startswith("[file-unusable]")


def test_a_form_with_personal_numbers_is_refused_unless_the_house_may_hold_them(  # S40
    house: Command, record: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = house("forms", "import", WITH_NUMBERS)
    assert (refused.code, revisions(record)) == (1, [])
    assert refused.err.startswith("[personal-number-refused]")
    monkeypatch.setenv("DIGILAB_FORMS__PERSONAL_NUMBER_ALLOWED", "true")
    assert house("forms", "import", WITH_NUMBERS).code == 0


def test_an_option_of_the_service_can_be_given_on_the_command_line(
    house: Command, definition: Path, tmp_path: Path
) -> None:
    scan = tmp_path / "申請.pdf"
    scan.write_bytes(b"%PDF-1.7\n")
    house("forms", "import", definition)
    unknown = house("submit", scan, "--service", "paper-form", "--option", "form=refund")
    assert unknown.err.startswith("[form-unknown]")
    assert house("submit", scan, "--service", "paper-form", "--option", "form=travel-expense-claim").code == 0
    assert house("submit", scan, "--service", "paper-form", "--option", "travel").code == 2


# --- the check ----------------------------------------------------------------------------------------------


def test_a_check_that_takes_too_long_is_ended(definition: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "SECONDS", 0.05)
    with checked([definition], "ja") as [outcome]:
        assert isinstance(outcome, FormCheckFailedError)


def test_a_check_that_dies_is_told_for_each_definition(definition: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "MEMORY", 64 * 1024 * 1024)
    with checked([definition, WITH_NUMBERS], "ja") as outcomes:
        assert [type(each) for each in outcomes] == [FormCheckFailedError, FormCheckFailedError]
        assert [each.evidence["folder"] for each in outcomes if isinstance(each, FormError)] == [
            "claim",
            "personal-number-report",
        ]


def test_a_definition_is_judged_by_a_copy_that_nobody_changes_meanwhile(definition: Path) -> None:
    with checked([definition], "ja") as [form]:
        assert isinstance(form, Checked)
        before = (form.folder / "form.yaml").read_bytes()
        (definition / "form.yaml").write_text("id: other", "utf-8")
        assert (form.folder / "form.yaml").read_bytes() == before


def test_a_link_in_a_definition_is_not_followed(definition: Path, tmp_path: Path) -> None:
    [blank] = definition.glob("*.png")
    blank.rename(tmp_path / "elsewhere.png")
    blank.symlink_to(tmp_path / "elsewhere.png")
    with checked([definition], "ja") as [outcome]:
        assert isinstance(outcome, FormError)
        assert blank.name in outcome.sentence()


# --- first start --------------------------------------------------------------------------------------------


@pytest.fixture
def office(data: Path, sqlite: Database) -> Office:
    """An empty house with the settings of a fresh installation."""
    chosen = Settings(data=data)
    return Office(chosen, sqlite, FolderStore(chosen.store_folder), InProcessQueue())


def test_an_empty_house_starts_with_the_shipped_forms_and_gets_them_once(office: Office) -> None:
    prepare(office.database)
    bring_forms(office)
    names = [name for name, _, _ in revisions(office.database)]
    assert names == [folder.name for folder in shipped(None)]
    assert len(names) >= 3
    bring_forms(office)
    assert len(revisions(office.database)) == len(names)


def test_a_start_goes_on_without_a_shipped_form_that_cannot_be_brought_in(
    office: Office, tmp_path: Path, definition: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(WITH_NUMBERS, tmp_path / "numbers")
    (definition / "form.yaml").write_text("", "utf-8")
    chosen = Settings(data=office.settings.data, forms=FormSettings(folder=tmp_path))
    prepare(office.database)
    bring_forms(Office(chosen, office.database, office.store, office.queue))
    assert revisions(office.database) == []
    assert "claim" in caplog.text


def test_a_house_from_before_paper_forms_gets_their_entry_and_a_closed_entry_stays_closed(office: Office) -> None:
    prepare(office.database)
    with office.database.transaction() as session:
        service = service_of(session, FORM_SERVICE)
        session.execute(delete(Baseline).where(Baseline.service_id == service.id))
        session.delete(service)
    prepare(office.database)
    with office.database.transaction() as session:
        service_of(session, FORM_SERVICE).open = False
    prepare(office.database)
    with office.database.reading() as session:
        assert not service_of(session, FORM_SERVICE).open
        [baseline] = session.scalars(
            select(Baseline).where(Baseline.service_id == service_of(session, FORM_SERVICE).id)
        )
    assert (baseline.unit, baseline.approved_at) == ("sheet", None)
