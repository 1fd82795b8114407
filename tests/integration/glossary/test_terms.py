"""Terms in the record: brought in, transferred at the turn of the year, chosen for a meeting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from digilab.access.people import add_department
from digilab.access.records import Department
from digilab.database.session import Database
from digilab.errors import GlossaryTermUnknownError, GlossaryWrongError
from digilab.glossary import choose, sheet, use
from digilab.glossary.records import GlossaryTerm
from digilab.glossary.rules import TermKind
from digilab.glossary.use import Imported
from digilab.services.menu import add_service
from digilab.services.records import Service
from digilab.services.rules import Kind

TERM_BEGINS = date(2027, 5, 1)
COUNCIL = "用語,種類\n髙橋一郎,人名\n佐藤花子,人名\n中央公民館,地名\n"
NEW_COUNCIL = "用語,種類\n髙橋一郎,人名\n渡邉三郎,人名\n"


@pytest.fixture
def places(database: Database) -> dict[str, int]:
    """Ids of two departments and two services."""
    with database.transaction() as session:
        add_department(session, "gikai", "議会事務局")
        add_department(session, "zei", "税務課")
        add_service(session, slug="minutes", kind=Kind.TRANSCRIPTION, name="会議録")
        add_service(session, slug="plenary", kind=Kind.TRANSCRIPTION, name="本会議")
        add_service(session, slug="forms", kind=Kind.FORM, name="帳票")
        ids = {each.code: each.id for each in session.query(Department)}
        return {**ids, **{each.slug: each.id for each in session.query(Service)}}


def bring(session: Session, content: str, **where: str | date | None) -> Imported:
    return use.bring_in(session, sheet.read_entries(content.encode()), **where)  # type: ignore[arg-type] - one shorthand for all


def chosen(session: Session, places: dict[str, int], day: date, service: str = "plenary") -> list[str]:
    return [term.text for term in choose.terms_for(session, places["gikai"], places[service], day)]


def test_the_same_file_twice_changes_nothing(database: Database, places: dict[str, int]) -> None:
    with database.transaction() as session:
        assert bring(session, COUNCIL, department="gikai") == Imported(3, 0, 0, 0)
    with database.transaction() as session:
        assert bring(session, COUNCIL, department="gikai") == Imported(0, 0, 0, 3)
        assert bring(session, COUNCIL.replace("佐藤花子,人名", "佐藤花子,組織"), department="gikai") == Imported(
            0, 1, 0, 2
        )
    with database.reading() as session:
        assert chosen(session, places, date(2026, 11, 21)) == ["髙橋一郎", "中央公民館", "佐藤花子"]


def test_the_yearly_transfer_is_one_import(database: Database, places: dict[str, int]) -> None:
    with database.transaction() as session:
        bring(session, COUNCIL, department="gikai")
        bring(session, "用語,種類\n佐藤花子,人名\n", department="zei")
        assert bring(session, NEW_COUNCIL, department="gikai", from_day=TERM_BEGINS) == Imported(1, 0, 1, 1)
    with database.transaction() as session:
        # Places are another kind, other departments another list: both stay. A meeting of April still has April's council.
        assert chosen(session, places, date(2027, 4, 30)) == ["髙橋一郎", "佐藤花子", "中央公民館"]
        assert chosen(session, places, TERM_BEGINS) == ["髙橋一郎", "渡邉三郎", "中央公民館"]
        assert [term.text for term in choose.terms_for(session, places["zei"], places["minutes"], TERM_BEGINS)] == [
            "佐藤花子"
        ]
        assert bring(session, NEW_COUNCIL, department="gikai", from_day=TERM_BEGINS) == Imported(0, 0, 0, 2)


def test_a_wrong_transfer_is_put_right_by_the_right_one(database: Database, places: dict[str, int]) -> None:
    with database.transaction() as session:
        bring(session, COUNCIL, department="gikai")
        bring(session, "用語,種類\n誤字太郎,人名\n", department="gikai", from_day=TERM_BEGINS)
        assert chosen(session, places, TERM_BEGINS) == ["誤字太郎", "中央公民館"]
        assert bring(session, NEW_COUNCIL, department="gikai", from_day=TERM_BEGINS) == Imported(1, 1, 1, 0)
        assert chosen(session, places, TERM_BEGINS) == ["髙橋一郎", "渡邉三郎", "中央公民館"]
        assert chosen(session, places, date(2027, 4, 30)) == ["髙橋一郎", "佐藤花子", "中央公民館"]
        assert session.query(GlossaryTerm).count() == 4


def test_somebody_may_come_back_after_a_while(database: Database, places: dict[str, int]) -> None:
    dated = "用語,種類,有効開始,有効終了\n髙橋一郎,人名,{}\n"
    with database.transaction() as session:
        bring(session, dated.format("2019-05-01,2023-04-30"), department="gikai")
        assert bring(session, dated.format("2027-05-01,"), department="gikai") == Imported(1, 0, 0, 0)
        assert chosen(session, places, date(2020, 1, 1)) == ["髙橋一郎"]
        assert chosen(session, places, date(2026, 1, 1)) == []
        assert chosen(session, places, TERM_BEGINS) == ["髙橋一郎"]
        with pytest.raises(GlossaryWrongError) as refusal:  # which of the two is meant?
            bring(session, dated.format("2022-01-01,2028-01-01"), department="gikai")
        assert refusal.value.lines == (2,)


def test_the_nearer_term_and_the_heavier_one_come_first(database: Database, places: dict[str, int]) -> None:
    with database.transaction() as session:
        bring(session, "用語,種類,優先\n共同溝,その他,\n市長,その他,1\n同名,地名,\n")
        bring(session, "用語,種類\n予算課,組織\n同名,人名\n", department="gikai")
        bring(session, "用語,種類\n本会議場,地名\n議長,人名\n", department="gikai", service="plenary")
        day = date(2026, 11, 21)
        assert chosen(session, places, day) == ["市長", "議長", "本会議場", "同名", "予算課", "共同溝"]
        assert chosen(session, places, day, "minutes") == ["市長", "同名", "予算課", "共同溝"]
        # Of one spelling the nearest entry counts.
        (same,) = [
            term for term in choose.terms_for(session, places["gikai"], places["minutes"], day) if term.text == "同名"
        ]
        assert same.kind == TermKind.PERSON
        (house,) = [
            term for term in choose.terms_for(session, places["zei"], places["minutes"], day) if term.text == "同名"
        ]
        assert house.kind == TermKind.PLACE


@pytest.mark.usefixtures("places")
def test_one_faulty_line_leaves_everything_as_it_was(database: Database) -> None:
    with database.transaction() as session:
        bring(session, COUNCIL)
    for content in ("用語,部署\n新人,gikai\n誰か,nowhere\n", "用語,業務\n新人,\n誰か,forms\n"):
        with pytest.raises(GlossaryWrongError) as refusal, database.transaction() as session:
            bring(session, content)
        assert refusal.value.lines == (3,)
    with pytest.raises(GlossaryWrongError), database.transaction() as session:
        bring(session, "用語\n新人\n", from_day=TERM_BEGINS)  # the list of what?
    for where, code in (("department", "部署コード「nowhere」はありません"), ("service", "業務「nowhere」は")):
        with pytest.raises(GlossaryWrongError) as refusal, database.transaction() as session:
            bring(session, "用語,部署,業務\n新人,,\n古参,,\n", **{where: "nowhere"})
        assert refusal.value.sentence("ja").count(code) == 1
    with database.reading() as session:
        assert len(use.listed(session)) == 3


@pytest.mark.usefixtures("places")
def test_what_is_exported_comes_in_again_as_the_same(database: Database) -> None:
    with database.transaction() as session:
        bring(session, COUNCIL, department="gikai", service="plenary")
        bring(session, NEW_COUNCIL, department="gikai", service="plenary", from_day=TERM_BEGINS)
        content = use.exported(use.listed(session))
        assert use.bring_in(session, sheet.read_entries(content)) == Imported(0, 0, 0, 4)
        assert use.remove(session, use.listed(session)) == 4
        assert use.bring_in(session, sheet.read_entries(content)) == Imported(4, 0, 0, 0)
        assert use.exported(use.listed(session)) == content


@pytest.mark.usefixtures("places")
def test_an_export_may_come_in_as_a_years_list_as_often_as_one_likes(database: Database) -> None:
    former = "用語,種類,有効開始,有効終了\n髙橋一郎,人名,,2025-03-31\n佐藤花子,人名,2019-05-01,\n中央公民館,地名,,\n"
    with database.transaction() as session:
        bring(session, former)
        content = use.exported(use.listed(session))
        for _ in range(2):
            assert bring(session, content.decode("utf-8-sig"), from_day=date(2026, 4, 1)) == Imported(0, 0, 0, 3)
        assert use.exported(use.listed(session)) == content
        use.remove(session, use.listed(session))
        assert bring(session, content.decode("utf-8-sig"), from_day=date(2026, 4, 1)).added == 3
        assert bring(session, use.exported(use.listed(session)).decode("utf-8-sig")) == Imported(0, 0, 0, 3)


def test_whoever_is_on_a_years_list_counts_from_its_first_day(database: Database, places: dict[str, int]) -> None:
    with database.transaction() as session:
        bring(session, "用語,種類,有効開始\n髙橋一郎,人名,2027-10-01\n", department="gikai")
        assert bring(session, NEW_COUNCIL, department="gikai", from_day=TERM_BEGINS) == Imported(1, 1, 0, 0)
        assert chosen(session, places, TERM_BEGINS) == ["髙橋一郎", "渡邉三郎"]
        # Who has counted since before keeps the years before.
        assert bring(session, NEW_COUNCIL, department="gikai", from_day=date(2028, 4, 1)) == Imported(0, 0, 0, 2)


def test_a_years_list_that_names_only_somebodys_former_term_ends_the_present_one(
    database: Database, places: dict[str, int]
) -> None:
    with database.transaction() as session:
        bring(session, "用語,種類,有効開始,有効終了\n髙橋一郎,人名,2024-05-01,\n佐藤花子,人名,,\n", department="gikai")
        former = "用語,種類,有効開始,有効終了\n髙橋一郎,人名,2019-05-01,2023-04-30\n佐藤花子,人名,,\n"
        assert bring(session, former, department="gikai", from_day=TERM_BEGINS) == Imported(1, 0, 1, 1)
        assert chosen(session, places, TERM_BEGINS) == ["佐藤花子"]
        assert chosen(session, places, date(2027, 4, 30)) == ["髙橋一郎", "佐藤花子"]


@pytest.mark.usefixtures("places")
def test_terms_are_listed_by_what_they_are_for_and_taken_away(database: Database) -> None:
    with database.transaction() as session:
        bring(session, COUNCIL)
        bring(session, COUNCIL, department="gikai")
        assert len(use.listed(session, department="gikai")) == len(use.listed(session, department="")) == 3
        assert [term.text for term in use.listed(session, kind=TermKind.PLACE, department="gikai")] == ["中央公民館"]
        assert use.remove(session, use.named(session, "佐藤花子", department="gikai")) == 1
        assert [term.department_id for term in use.named(session, "佐藤花子")] == [None]
        with pytest.raises(GlossaryTermUnknownError):
            use.named(session, "いない人")


@pytest.mark.usefixtures("places")
def test_two_imports_at_once_add_nobody_twice(database: Database) -> None:
    together = Barrier(2)

    def bring_in(_: int) -> Imported:
        entries = sheet.read_entries(COUNCIL.encode())
        together.wait(30)
        with database.transaction() as session:
            return use.bring_in(session, entries)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(bring_in, range(2)))
    assert sorted(one.added for one in done) == [0, 3]
    with database.reading() as session:
        assert len(use.listed(session)) == 3
