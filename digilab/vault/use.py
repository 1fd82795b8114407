"""Setting, opening, removing credentials, and changing the key. Nothing of what is opened goes to a log, an error or the record."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from digilab.access.records import Department
from digilab.config import Settings
from digilab.database.session import Database, now
from digilab.errors import (
    CredentialDamagedError,
    CredentialMalformedError,
    CredentialMissingError,
    NotFoundError,
    VaultKeyMissingError,
    VaultKeyWrongError,
)
from digilab.targets.records import Target
from digilab.targets.use import Who, audited, login_of
from digilab.vault import key as keys
from digilab.vault.key import Key
from digilab.vault.records import Credential

LONGEST_LOGIN = 80
LONGEST_PASSWORD = 200
WARN_DAYS = 14
_NONCE = 12
_PADDED = 2048
"""What is sealed is filled up to so many bytes: its length tells nothing of the password's."""


class Secret(NamedTuple):
    """Login and password, for the moment in which a robot signs in. Told apart from a plain pair by what it shows of itself."""

    login: str
    password: str

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return repr(self)


@dataclass(frozen=True)
class Shown:
    """What may be shown of a credential."""

    robot: str
    department: str
    expires_on: date | None
    set_by: str
    key_id: str


def put(
    session: Session,
    settings: Settings,
    target: Target,
    login: str,
    password: str,
    *,
    by: Who,
    department: str | None = None,
    expires_on: date | None = None,
) -> None:
    """Seal login and password for this target, in place of what was there. `department`: code of the section that owns the account.

    Raises CredentialMalformedError, NotFoundError for the department, VaultError's kinds.
    """
    if not (_typed(login, LONGEST_LOGIN) and _typed(password, LONGEST_PASSWORD)):
        raise CredentialMalformedError(login_most=LONGEST_LOGIN, password_most=LONGEST_PASSWORD)
    owner = _department(session, department) if department else None
    _locked(session, target.id)
    found = _found(session, target)
    key, moment = _sealing_key(session, settings.vault_key, target), now(session)
    if found is None:
        found = Credential(target_id=target.id)
    found.nonce, found.sealed = _seal(key, target, Secret(login, password))
    found.key_id = key.id
    found.department_id = owner.id if owner is not None else None
    found.expires_on, found.set_at, found.set_by = expires_on, moment, login_of(by)[:80]
    session.add(found)
    session.flush()
    audited(session, by, "credential-set", target.robot, key=key.id, department=department or "")


def credential(session: Session, settings: Settings, target: Target) -> Secret:
    """Login and password of the target. Raises VaultError's kinds."""
    found = _found(session, target)
    if found is None:
        raise CredentialMissingError(robot=target.robot)
    for key in keys.keys_in(settings.vault_key):
        if key.id == found.key_id:
            return _opened(key, target, found)
    raise VaultKeyWrongError(robot=target.robot, key=found.key_id, file=str(settings.vault_key))


def shown(session: Session, target: Target) -> Shown | None:
    """What may be shown of the target's credential; None when there is none."""
    found = _found(session, target)
    if found is None:
        return None
    owner = session.get(Department, found.department_id) if found.department_id is not None else None
    return Shown(target.robot, owner.name if owner else "", found.expires_on, found.set_by, found.key_id)


def remove(session: Session, target: Target, by: Who) -> None:
    """Forget the target's credential. Raises CredentialMissingError."""
    found = _found(session, target)
    if found is None:
        raise CredentialMissingError(robot=target.robot)
    session.delete(found)
    session.flush()
    audited(session, by, "credential-remove", target.robot)


def rotate(database: Database, settings: Settings, by: Who, step: Callable[[], None] = lambda: None) -> int:
    """Seal everything with a new key and forget the old one; how many credentials.

    The new key is durable in the file before anything is sealed with it, and the old one leaves the file only when nothing needs it any
    more: whenever this is cut off, every credential still opens, and rotating again finishes it. `step` is called after each of the
    three, for tests that cut it off.
    """
    file = settings.vault_key
    with keys.turn(file):
        old = keys.keys_in(file)
        new = keys.new_key()
        keys.write(file, (new, *old))
        step()
        try:
            count = _sealed_anew(database, file, new, old, by)
        except VaultKeyWrongError:
            # Nothing was sealed with it, and on a machine whose key file is not up to date nothing must be.
            keys.write(file, old)
            raise
        step()
        keys.write(file, (new,))
        step()
    return count


def _sealed_anew(database: Database, file: Path, new: Key, old: Sequence[Key], by: Who) -> int:
    known = {key.id: key for key in (new, *old)}
    with database.transaction() as session:
        _locked(session)
        pairs = session.execute(select(Credential, Target).join(Target, Target.id == Credential.target_id)).all()
        for found, target in pairs:
            if found.key_id not in known:
                raise VaultKeyWrongError(robot=target.robot, key=found.key_id, file=str(file))
            found.nonce, found.sealed = _seal(new, target, _opened(known[found.key_id], target, found))
            found.key_id = new.id
        audited(session, by, "credential-rotate-key", new.id, credentials=len(pairs))
        return len(pairs)


def days_left(expires_on: date | None, today: date) -> int | None:
    """Days until the password runs out, where that is near or past; None when there is nothing to say."""
    if expires_on is None or (left := (expires_on - today).days) > WARN_DAYS:
        return None
    return left


def _department(session: Session, code: str) -> Department:
    found = session.scalars(select(Department).where(Department.code == code)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def _locked(session: Session, target_id: int | None = None) -> None:
    """Setting a credential and changing the key take turns: what was sealed with the old key must be there to be sealed anew."""
    query = select(Target.id).order_by(Target.id).with_for_update(key_share=True)
    session.execute(query if target_id is None else query.where(Target.id == target_id)).all()


def _found(session: Session, target: Target) -> Credential | None:
    return session.scalars(select(Credential).where(Credential.target_id == target.id)).one_or_none()


def _sealing_key(session: Session, file: Path, target: Target) -> Key:
    """The key to seal with, made when there is none. Raises VaultKeyMissingError where others are sealed with one that is gone."""
    try:
        return keys.keys_in(file)[0]
    except VaultKeyMissingError:
        # A file system that is not mounted looks like a first start: a second key would lock the others out.
        if session.scalars(select(Credential.id).where(Credential.target_id != target.id)).first() is not None:
            raise
    made = keys.new_key()
    try:
        keys.write_first(file, made)
    except FileExistsError:
        return keys.keys_in(file)[0]
    return made


def _seal(key: Key, target: Target, secret: Secret) -> tuple[bytes, bytes]:
    nonce = secrets.token_bytes(_NONCE)
    # Imported here and in `_opened` alone: the pages just ask whether there is a credential, and it takes 6 MiB of the web process.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain = json.dumps({"login": secret.login, "password": secret.password}, ensure_ascii=False).encode()
    return nonce, AESGCM(key.secret).encrypt(nonce, plain.ljust(_PADDED), _bound(key, target))


def _opened(key: Key, target: Target, found: Credential) -> Secret:
    # Imported here, as above.
    from cryptography.exceptions import InvalidTag

    # Imported here, as above.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        plain = AESGCM(key.secret).decrypt(found.nonce, found.sealed, _bound(key, target))
    except (InvalidTag, ValueError):
        raise CredentialDamagedError(robot=target.robot) from None
    told = json.loads(plain)
    return Secret(told["login"], told["password"])


def _bound(key: Key, target: Target) -> bytes:
    return f"digilab credential 1\n{target.id}\n{target.robot}\n{key.id}".encode()


def _typed(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable() and text == text.strip()
