"""What an empty house is furnished with: the lab's own department, one administrator, one entry of the menu."""

from dataclasses import dataclass

from digilab.access import people
from digilab.access.audit import record
from digilab.access.rules import Role
from digilab.database import migrate
from digilab.database.session import Database, now
from digilab.hours import use as hours
from digilab.services.menu import add_service
from digilab.services.rules import Kind

LAB = "lab"
LOGIN = "admin"
SERVICE = "minutes"
MINUTES_PER_UNIT = 4.0
"""Manual minutes per minute of recording, as a first proposal. Booked only when somebody of the city approves it."""


@dataclass(frozen=True)
class FirstAccount:
    """The account that was made; the password is shown once and kept nowhere."""

    login: str
    password: str


def prepare(database: Database) -> FirstAccount | None:
    """Bring the schema up to date; furnish the house when nobody has an account yet."""
    migrate.upgrade(database)
    with database.transaction() as session:
        if people.anybody(session):
            return None
        people.add_department(session, LAB, "デジラボ")
        password = people.new_password()
        person = people.add_person(
            session, login=LOGIN, name="管理者", department_code=LAB, role=Role.ADMIN, password=password
        )
        service = add_service(
            session,
            slug=SERVICE,
            kind=Kind.TRANSCRIPTION,
            name="会議録音の文字起こし",
            description="会議や打合せの録音から、議事録の下書き(Word・テキスト・字幕)を作ります。",
        )
        hours.propose(
            session,
            service,
            minutes_per_unit=MINUTES_PER_UNIT,
            valid_from=now(session).astimezone(hours.JST).date(),
            owner="デジラボ",
            evidence="初期値(録音1分あたり手作業4分)。実測に基づく値に改め、承認してください。",
        )
        record(session, people.asker(person), "first-start", LOGIN)
    return FirstAccount(LOGIN, password)
