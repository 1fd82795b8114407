"""What an empty house is furnished with: the lab's department, one administrator, the menu, the shipped form definitions, the robots."""

import logging
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from digilab.access import people
from digilab.access.audit import record
from digilab.access.rules import Role
from digilab.database import migrate
from digilab.database.session import Database, now
from digilab.errors import FormError, PersonalNumberRefusedError, RobotEngineError
from digilab.forms.check import checked
from digilab.forms.publish import publish
from digilab.forms.records import FormDefinition
from digilab.forms.shipped import shipped
from digilab.hours import use as hours
from digilab.office import Office
from digilab.services.menu import add_service
from digilab.services.records import Service
from digilab.services.rules import Kind
from digilab.targets.bring import bring
from digilab.targets.engine import Facts
from digilab.targets.records import Target

log = logging.getLogger(__name__)

LAB = "lab"
LOGIN = "admin"
SERVICE = "minutes"
MINUTES_PER_UNIT = 4.0
"""Manual minutes per minute of recording, as a first proposal. Booked only when somebody of the city approves it."""
FORM_SERVICE = "paper-form"
MINUTES_PER_SHEET = 3.0
"""Manual minutes per sheet: to key it in and to read it back. A first proposal, too."""


@dataclass(frozen=True)
class FirstAccount:
    """The account that was made; the password is shown once and kept nowhere."""

    login: str
    password: str


def prepare(database: Database) -> FirstAccount | None:
    """Bring the schema up to date; furnish the house when nobody has an account yet, and one from before paper forms with their entry."""
    migrate.upgrade(database)
    with database.transaction() as session:
        account = None if people.anybody(session) else _account(session)
        if account is not None:
            _recordings(session)
        theirs = or_(Service.kind == Kind.FORM.value.name, Service.slug == FORM_SERVICE)
        if session.scalars(select(Service.id).where(theirs)).first() is None:
            _paper_forms(session)
    return account


def bring_forms(office: Office) -> None:
    """Publish the shipped form definitions in a house that has none at all. One that cannot be brought in is told to the log."""
    settings = office.settings
    with office.database.reading() as session:
        if session.scalars(select(FormDefinition.id)).first() is not None:
            return
    with checked(shipped(settings.forms.folder), settings.language) as forms:
        for form in forms:
            try:
                if isinstance(form, FormError):
                    raise form
                publish(
                    office.database,
                    office.store,
                    form,
                    department=None,
                    login=LOGIN,
                    personal_numbers=settings.forms.personal_number_allowed,
                )
            except PersonalNumberRefusedError:
                log.info("a form with personal numbers was left out; this house is not set up for them")
            except FormError as error:
                log.warning("%s", error.sentence(settings.language))


def bring_robots(office: Office) -> None:
    """Bring in the engine's robots. A house without the engine goes on without robots, and the log says so."""
    try:
        refresh_robots(office, LOGIN)
    except RobotEngineError as error:
        log.warning("%s", error.sentence(office.settings.language))


def refresh_robots(office: Office, login: str) -> list[str]:
    """Bring in the engine's robots; names of what is new or has changed. Raises RobotEngineError.

    A new one gets an entry of the menu, which takes no jobs before somebody has said where the finance system is.
    """
    return bring(office.database, office.store, login, _robot_service)


def _robot_service(session: Session, target: Target, facts: Facts) -> None:
    kind = Kind.ROBOT.value.name
    if any(
        each.options.get("robot") == target.robot
        for each in session.scalars(select(Service).where(Service.kind == kind))
    ):
        return
    slug = target.robot.replace("_", "-")
    taken = session.scalars(select(Service.id).where(Service.slug == slug)).first() is not None
    service = add_service(
        session,
        slug=f"robot-{target.id}" if taken else slug,
        kind=Kind.ROBOT,
        name=target.title,
        description="Excel や CSV の一覧を確かめ、ロボットが財務システムに1行ずつ登録します。登録番号の一覧(Excel)をお返しします。",
        options={"robot": target.robot},
    )
    service.open = False
    _propose(
        session,
        service,
        facts.minutes_per_row,
        f"初期値(1行あたり手作業{facts.minutes_per_row:g}分)。実測に基づく値に改め、承認してください。",
    )


def _account(session: Session) -> FirstAccount:
    people.add_department(session, LAB, "デジラボ")
    password = people.new_password()
    person = people.add_person(
        session, login=LOGIN, name="管理者", department_code=LAB, role=Role.ADMIN, password=password
    )
    record(session, people.asker(person), "first-start", LOGIN)
    return FirstAccount(LOGIN, password)


def _recordings(session: Session) -> None:
    service = add_service(
        session,
        slug=SERVICE,
        kind=Kind.TRANSCRIPTION,
        name="会議録音の文字起こし",
        description="会議や打合せの録音から、議事録の下書き(Word・テキスト・字幕)を作ります。",
    )
    _propose(
        session, service, MINUTES_PER_UNIT, "初期値(録音1分あたり手作業4分)。実測に基づく値に改め、承認してください。"
    )


def _paper_forms(session: Session) -> None:
    service = add_service(
        session,
        slug=FORM_SERVICE,
        kind=Kind.FORM,
        name="紙帳票のデータ化",
        description="申請書などの紙帳票のスキャンから、項目ごとの値(Excel・CSV)を作ります。疑わしい値には印が付きます。",
    )
    _propose(
        session, service, MINUTES_PER_SHEET, "初期値(1枚あたり手作業3分)。実測に基づく値に改め、承認してください。"
    )


def _propose(session: Session, service: Service, minutes: float, evidence: str) -> None:
    hours.propose(
        session,
        service,
        minutes_per_unit=minutes,
        valid_from=now(session).astimezone(hours.JST).date(),
        owner="デジラボ",
        evidence=evidence,
    )
