"""What `digilab doctor` says of robots. A house that has set none up needs no browser and no key."""

import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress

from digilab.commands.house import words
from digilab.database import migrate
from digilab.database.session import now
from digilab.errors import (
    BrowserAbsentError,
    CredentialExpiredError,
    CredentialMissingError,
    DatabaseUnreachableError,
)
from digilab.ledger import control
from digilab.office import Office
from digilab.targets import use as targets
from digilab.targets.rules import JST
from digilab.vault import use as vault

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""What robots use where the settings name nothing else, in this order: as the engine has it, which a test compares."""

Check = tuple[str, Callable[[], str]]


def checks(office: Office) -> list[Check]:
    """Browser, key, stop, and each robot; none of them where the tables are not up to date, which another check tells."""
    names = _names(office)
    if names is None:
        return []
    return [
        ("browser", lambda: _browser(office)),
        ("vault", lambda: _vault(office)),
        ("robots", lambda: _going(office)),
        *((f"robot {name}", _robot(office, name)) for name in names),
    ]


def _names(office: Office) -> list[str] | None:
    with suppress(DatabaseUnreachableError):
        if migrate.current(office.database) == migrate.newest():
            with office.database.reading() as session:
                return [target.robot for target in targets.targets(session)]
    return None


def _browser(office: Office) -> str:
    with office.database.reading() as session:
        if not any(target.url for target in targets.targets(session)):
            return words("doctor-no-robots")
    chosen = office.settings.robots.browser
    wanted = (str(chosen),) if chosen is not None else BROWSERS
    program = next((found for name in wanted if (found := shutil.which(name)) is not None), None)
    if program is None:
        raise BrowserAbsentError(programs=", ".join(wanted), package=BROWSERS[0])
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return said.strip() or program


def _vault(office: Office) -> str:
    count = 0
    with office.database.reading() as session:
        for target in targets.targets(session):
            if vault.shown(session, target) is not None:
                vault.credential(session, office.settings, target)
                count += 1
    if not count:
        return words("doctor-no-credentials")
    return words("doctor-sealed", count=count, file=office.settings.vault_key)


def _going(office: Office) -> str:
    with office.database.reading() as session:
        control.going(session)
    return words("doctor-robots-going")


def _robot(office: Office, name: str) -> Callable[[], str]:
    def check() -> str:
        with office.database.reading() as session:
            target = targets.target_named(session, name)
            found = vault.shown(session, target)
            if not target.url and found is None:
                return words("robot-no-url")
            targets.ready(target, office.settings.language)
            if found is None:
                raise CredentialMissingError(robot=name)
            left = vault.days_left(found.expires_on, now(session).astimezone(JST).date())
            if left is not None and left < 0:
                raise CredentialExpiredError(robot=name, day=str(found.expires_on))
            return target.url + (words("credential-expires-soon", days=left) if left is not None else "")

    return check
