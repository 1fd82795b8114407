"""Credentials: sealed in the record, opened with a key that lies outside, and shown nowhere (S25)."""

import os
import stat
import threading
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.access.people import add_department
from digilab.access.records import Audit
from digilab.config import Settings, VaultSettings
from digilab.database.session import Database
from digilab.errors import (
    CredentialDamagedError,
    CredentialMalformedError,
    CredentialMissingError,
    NotFoundError,
    VaultKeyDamagedError,
    VaultKeyMissingError,
    VaultKeyOpenError,
    VaultKeyWrongError,
)
from digilab.targets.use import target_named
from digilab.vault import key as keys
from digilab.vault import use as vault
from digilab.vault.records import Credential
from integration.targets.conftest import LOGIN, PASSWORD

EXPENSE, TRANSFER = "expense_entry", "bank_transfer"


def put(record: Database, settings: Settings, robot: str = EXPENSE, password: str = PASSWORD) -> None:
    with record.transaction() as session:
        vault.put(session, settings, target_named(session, robot), LOGIN, password, by="cli:tanaka")


def opened(record: Database, settings: Settings, robot: str = EXPENSE) -> tuple[str, str]:
    with record.reading() as session:
        return vault.credential(session, settings, target_named(session, robot))


def test_what_was_sealed_opens_again(record: Database, settings: Settings) -> None:
    put(record, settings)
    login, password = opened(record, settings)
    assert (login, password) == (LOGIN, PASSWORD)


def test_the_key_is_made_at_first_use_for_its_owner_alone(record: Database, settings: Settings) -> None:
    assert not settings.vault_key.exists()
    put(record, settings)
    assert stat.S_IMODE(settings.vault_key.stat().st_mode) == 0o600
    assert [path.name for path in settings.data.iterdir() if "vault" in path.name] == ["vault.key"]


def test_the_key_may_lie_elsewhere(record: Database, settings: Settings, tmp_path: Path) -> None:
    elsewhere = Settings(data=settings.data, vault=VaultSettings(key=tmp_path / "keys" / "robots.key"))
    put(record, elsewhere)
    assert (tmp_path / "keys" / "robots.key").is_file()
    assert not settings.vault_key.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_refused(record: Database, settings: Settings, mode: int) -> None:
    put(record, settings)
    settings.vault_key.chmod(mode)
    with pytest.raises(VaultKeyOpenError) as refused:
        opened(record, settings)
    assert "chmod 600" in refused.value.sentence()
    with pytest.raises(VaultKeyOpenError):
        put(record, settings)


@pytest.mark.parametrize("content", ["", "nonsense", "0123456789abcdef AAAA", "# only a remark\n"])
def test_a_damaged_key_file_is_told_and_left_alone(record: Database, settings: Settings, content: str) -> None:
    put(record, settings)
    settings.vault_key.write_text(content, "utf-8")
    for act in (opened, put):
        with pytest.raises(VaultKeyDamagedError):
            act(record, settings)
    assert settings.vault_key.read_text("utf-8") == content


def test_without_its_key_a_credential_does_not_open_and_no_second_key_is_made(
    record: Database, settings: Settings
) -> None:
    put(record, settings)
    settings.vault_key.unlink()
    with pytest.raises(VaultKeyMissingError) as refused:
        opened(record, settings)
    assert str(settings.vault_key) in refused.value.sentence()
    with pytest.raises(VaultKeyMissingError):
        put(record, settings, TRANSFER)
    assert not settings.vault_key.exists()


def test_when_the_key_is_lost_credentials_are_set_anew_and_nothing_else(record: Database, settings: Settings) -> None:
    put(record, settings)
    settings.vault_key.unlink()
    put(record, settings, password="new-1")  # it needs no key but the new one: nothing else is sealed
    assert opened(record, settings)[1] == "new-1"


def test_another_key_is_told_by_its_name(record: Database, settings: Settings) -> None:
    put(record, settings)
    sealed_with = keys.keys_in(settings.vault_key)[0].id
    keys.write(settings.vault_key, [keys.new_key()])
    with pytest.raises(VaultKeyWrongError) as refused:
        opened(record, settings)
    assert sealed_with in refused.value.sentence()


def test_a_row_copied_to_another_target_does_not_open(record: Database, settings: Settings) -> None:
    put(record, settings)
    put(record, settings, TRANSFER, "another")
    with record.transaction() as session:
        theirs, ours = session.scalars(
            select(Credential).order_by(Credential.target_id == target_named(session, EXPENSE).id)
        ).all()
        theirs.nonce, theirs.sealed = ours.nonce, ours.sealed
    with pytest.raises(CredentialDamagedError):
        opened(record, settings, TRANSFER)


def test_a_changed_byte_is_noticed(record: Database, settings: Settings) -> None:
    put(record, settings)
    with record.transaction() as session:
        found = session.scalars(select(Credential)).one()
        found.sealed = bytes([found.sealed[0] ^ 1]) + found.sealed[1:]
    with pytest.raises(CredentialDamagedError) as refused:
        opened(record, settings)
    assert PASSWORD not in str(refused.value)


def test_setting_it_again_replaces_it_with_a_new_nonce(record: Database, settings: Settings) -> None:
    put(record, settings)
    with record.reading() as session:
        first = session.scalars(select(Credential)).one().nonce
    put(record, settings)
    with record.reading() as session:
        assert session.scalars(select(Credential)).one().nonce != first


def test_the_length_of_a_password_does_not_show(record: Database, settings: Settings) -> None:
    put(record, settings, EXPENSE, "x")
    put(record, settings, TRANSFER, "長いパスワード" * 20)
    with record.reading() as session:
        assert len({len(each.sealed) for each in session.scalars(select(Credential))}) == 1


def test_the_longest_that_is_taken_fits(record: Database, settings: Settings) -> None:
    longest = "\U00020bb7" * vault.LONGEST_PASSWORD
    put(record, settings, EXPENSE, longest)
    put(record, settings, TRANSFER, '"' * vault.LONGEST_PASSWORD)
    assert opened(record, settings) == (LOGIN, longest)
    with record.reading() as session:
        assert len({len(each.sealed) for each in session.scalars(select(Credential))}) == 1


@pytest.mark.parametrize("password", ["", "a" * 201, "two\nlines", " leading", "bell\x07"])
def test_a_password_that_cannot_be_typed_is_refused_and_not_repeated(
    record: Database, settings: Settings, password: str
) -> None:
    with pytest.raises(CredentialMalformedError) as refused:
        put(record, settings, password=password)
    assert "a" * 201 not in refused.value.sentence()
    assert not settings.vault_key.exists()


def test_a_target_without_a_credential_says_so(record: Database, settings: Settings) -> None:
    with pytest.raises(CredentialMissingError) as refused:
        opened(record, settings)
    assert EXPENSE in refused.value.sentence()
    with record.transaction() as session, pytest.raises(CredentialMissingError):
        vault.remove(session, target_named(session, EXPENSE), "cli:tanaka")


def test_the_section_that_owns_it_and_its_last_day_are_shown_and_nothing_secret(
    record: Database, settings: Settings
) -> None:
    with record.transaction() as session:
        add_department(session, "210", "会計課")
        target = target_named(session, EXPENSE)
        vault.put(
            session,
            settings,
            target,
            LOGIN,
            PASSWORD,
            by="cli:tanaka",
            department="210",
            expires_on=date(2027, 3, 31),
        )
        shown = vault.shown(session, target)
        with pytest.raises(NotFoundError):
            vault.put(session, settings, target, LOGIN, PASSWORD, by="cli:tanaka", department="999")
    assert shown is not None
    assert (shown.department, shown.expires_on, shown.set_by) == ("会計課", date(2027, 3, 31), "cli:tanaka")
    assert LOGIN not in repr(shown)
    assert PASSWORD not in repr(shown)


def test_the_last_days_of_a_password_are_told() -> None:
    today = date(2026, 11, 21)
    assert vault.days_left(None, today) is None
    assert vault.days_left(date(2026, 12, 6), today) is None
    assert vault.days_left(date(2026, 12, 5), today) == 14
    assert vault.days_left(date(2026, 11, 21), today) == 0
    assert vault.days_left(date(2026, 11, 20), today) == -1


def test_a_secret_shows_nothing_of_itself() -> None:
    secret = vault.Secret(LOGIN, PASSWORD)
    assert PASSWORD not in f"{secret} {secret!r} {[secret]}"
    assert keys.new_key().secret.hex() not in repr(keys.new_key())


# --- changing the key ---------------------------------------------------------------------------------------


def test_after_a_rotation_all_open_with_the_new_key_alone(record: Database, settings: Settings) -> None:
    put(record, settings)
    put(record, settings, TRANSFER, "another")
    before = keys.keys_in(settings.vault_key)[0].id
    assert vault.rotate(record, settings, "cli:tanaka") == 2
    [key] = keys.keys_in(settings.vault_key)
    assert key.id != before
    assert opened(record, settings) == (LOGIN, PASSWORD)
    assert opened(record, settings, TRANSFER) == (LOGIN, "another")
    assert stat.S_IMODE(settings.vault_key.stat().st_mode) == 0o600


class CutOff(BaseException):
    """The machine went dark."""


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_rotation_that_is_cut_off_loses_nothing_and_can_be_done_again(
    record: Database, settings: Settings, steps: int
) -> None:
    put(record, settings)
    left = iter(range(steps - 1))

    def cut() -> None:
        if next(left, None) is None:
            raise CutOff

    with pytest.raises(CutOff):
        vault.rotate(record, settings, "cli:tanaka", cut)
    assert opened(record, settings) == (LOGIN, PASSWORD)
    put(record, settings, TRANSFER, "meanwhile")
    vault.rotate(record, settings, "cli:tanaka")
    assert len(keys.keys_in(settings.vault_key)) == 1
    assert opened(record, settings) == (LOGIN, PASSWORD)
    assert opened(record, settings, TRANSFER) == (LOGIN, "meanwhile")


def test_a_machine_whose_key_file_is_behind_does_not_rotate(record: Database, settings: Settings) -> None:
    put(record, settings)
    behind = settings.vault_key.read_bytes()
    vault.rotate(record, settings, "cli:tanaka")
    current = settings.vault_key.read_bytes()
    settings.vault_key.write_bytes(behind)
    with pytest.raises(VaultKeyWrongError):
        vault.rotate(record, settings, "cli:tanaka")
    assert settings.vault_key.read_bytes() == behind
    settings.vault_key.write_bytes(current)
    assert opened(record, settings) == (LOGIN, PASSWORD)


def test_a_credential_that_is_set_while_the_key_changes_opens_afterwards(record: Database, settings: Settings) -> None:
    put(record, settings)
    begun, sealed = threading.Event(), threading.Event()

    def late() -> None:
        with record.transaction() as session:
            vault.put(session, settings, target_named(session, TRANSFER), LOGIN, "meanwhile", by="cli:suzuki")
            begun.set()
            # Not committed yet: the rotation has to wait for it.
            sealed.wait(1)

    other = threading.Thread(target=late)
    other.start()
    assert begun.wait(30)
    rotating = threading.Thread(target=vault.rotate, args=(record, settings, "cli:tanaka"))
    rotating.start()
    sealed.set()
    for thread in (other, rotating):
        thread.join(60)
        assert not thread.is_alive()
    assert opened(record, settings, TRANSFER) == (LOGIN, "meanwhile")


def test_two_first_uses_at_once_make_one_key(settings: Settings) -> None:
    made = []
    for _ in range(2):
        try:
            keys.write_first(settings.vault_key, keys.new_key())
            made.append(settings.vault_key.read_bytes())
        except FileExistsError:
            made.append(settings.vault_key.read_bytes())
    assert made[0] == made[1]
    assert os.listdir(settings.data) == ["vault.key"]


def test_every_act_is_in_the_audit_trail_without_what_is_secret(record: Database, settings: Settings) -> None:
    put(record, settings)
    vault.rotate(record, settings, "cli:tanaka")
    with record.transaction() as session:
        vault.remove(session, target_named(session, EXPENSE), "cli:tanaka")
    with record.reading() as session:
        lines = session.scalars(select(Audit).order_by(Audit.id)).all()
    assert [(line.login, line.action) for line in lines] == [
        ("cli:tanaka", "credential-set"),
        ("cli:tanaka", "credential-rotate-key"),
        ("cli:tanaka", "credential-remove"),
    ]
    told = str([(line.subject, line.detail) for line in lines])
    assert PASSWORD not in told
    assert LOGIN not in told
