"""A robot's login and password are searched for in everything that leaves the process: dumps, files, logs, output, audit trail (S25)."""

import base64
import io
import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from digilab.config import Settings
from digilab.database.session import Database
from digilab.errors import VaultError
from digilab.targets.use import target_named
from digilab.vault import use as vault
from integration.test_command_line import Command
from servers.postgresql import binaries

LOGIN = "canary-zaimu-4471"
PASSWORD = 'カナリア"\\7Qz!canary'
NAME = "expense_entry"


def spellings(secret: str) -> Iterator[bytes]:
    """As it could stand in a file: in other encodings, escaped, encoded."""
    plain = secret.encode()
    yield plain
    yield from (secret.encode(encoding) for encoding in ("utf-16-le", "utf-16-be", "cp932", "euc-jp"))
    yield json.dumps(secret)[1:-1].encode()
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield quote(secret).encode()
    yield plain.hex().encode()
    for offset in range(3):
        # The middle of what base64 makes of it, wherever it begins in a longer text.
        yield base64.b64encode(b"x" * offset + plain)[4:-4]


def assert_no_canary(where: str, content: bytes) -> None:
    found = [secret for secret in (LOGIN, PASSWORD) for spelt in spellings(secret) if spelt in content]
    assert not found, f"{where}: {found}"


def dumped(settings: Path, database: str) -> bytes:
    """Every table with its content."""
    if database == "sqlite":
        connection = sqlite3.connect(settings / "digilab.sqlite")
        text = "\n".join(connection.iterdump())
        connection.close()
        return text.encode()
    address = database.replace("postgresql+psycopg:", "postgresql:")
    done = subprocess.run([binaries() / "pg_dump", "--dbname", address], capture_output=True, check=True)
    return done.stdout


@pytest.fixture(params=["sqlite", "postgresql"])
def kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Path) -> str:
    """Which database the house is on, as `dumped` wants to know it."""
    assert settings.is_dir()
    if request.param == "sqlite":
        return "sqlite"
    url: str = request.getfixturevalue("postgresql_url")
    monkeypatch.setenv("DIGILAB_DATABASE__URL", url)
    return url


def test_a_canary_is_seen_where_it_is_spelt_in_any_of_these_ways() -> None:
    for spelt in spellings(PASSWORD):
        with pytest.raises(AssertionError):
            assert_no_canary("a file", b"before" + spelt + b"after")
    with pytest.raises(AssertionError):
        assert_no_canary("a file", base64.b64encode(b'{"password": "' + PASSWORD.encode() + b'"}'))


def test_a_secret_is_in_no_table_file_log_or_output(
    kept_in: str,
    facts: Path,
    digilab: Command,
    settings: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    assert facts.is_file()
    caplog.set_level(logging.DEBUG)
    assert digilab("db", "upgrade").code == 0
    told = ""

    def run(*arguments: str) -> int:
        nonlocal told
        ended = digilab(*arguments)
        told += ended.out + ended.err
        return ended.code

    def credential(*arguments: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        return run("robots", "credential", "set", NAME, "--login", LOGIN, *arguments)

    # Everything that can be done with a credential, what is refused included.
    assert run("robots", "set", NAME, "--url", "https://zaimu.example.lg.jp") == 0
    assert credential("--department", "999") == 1
    assert credential("--expires", "2099-03-31") == 0
    assert run("robots", "credential", "show") == 0
    assert run("robots", "credential", "rotate-key") == 0
    assert run("robots", "set", NAME, "--url", f"https://{LOGIN}:{quote(PASSWORD)}@zaimu.example/") == 1
    assert run("robots", "list") == 0
    run("doctor")
    assert run("robots", "template", NAME, "-o", str(tmp_path / "template.xlsx")) == 0
    chosen = Settings()
    record = Database(chosen.database_url)
    with record.reading() as session:
        opened = vault.credential(session, chosen, target_named(session, NAME))
    assert tuple(opened) == (LOGIN, PASSWORD)
    logging.getLogger("digilab").warning("%s %r", opened, opened)
    key = chosen.vault_key.read_bytes()
    chosen.vault_key.write_bytes(key.replace(key.split()[-1], base64.b64encode(bytes(32))))
    with record.reading() as session, pytest.raises(VaultError) as refused:
        vault.credential(session, chosen, target_named(session, NAME))
    told += f"{refused.value} {refused.value.sentence('ja')} {refused.value.sentence('en')}"
    assert credential() == 1
    record.close()

    dump = dumped(settings, kept_in)
    for table in ("credentials", "audit", "targets", "services"):
        assert table.encode() in dump
    assert_no_canary("dump", dump)
    assert_no_canary("output", told.encode())
    assert_no_canary("log", caplog.text.encode())
    files = [path for folder in (settings, tmp_path) for path in folder.rglob("*") if path.is_file()]
    assert chosen.vault_key in files
    for path in files:
        assert_no_canary(path.name, path.read_bytes())
