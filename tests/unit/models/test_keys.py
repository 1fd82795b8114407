"""Keys of those who pack and of those who trust."""

import base64
import stat
from pathlib import Path

import pytest

from digilab.errors import (
    ModelKeyDamagedError,
    ModelKeyMissingError,
    ModelKeyNameError,
    ModelKeyOpenError,
    ModelKeyOtherError,
    ModelKeyOwnError,
    ModelKeyThereError,
    ModelKeyUnknownError,
)
from digilab.models import keys, signing
from digilab.models.keys import PublicKey


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = keys.new_key(tmp_path / "keys", " 情報政策課 ")
    assert made.owner == "情報政策課"
    assert stat.S_IMODE((tmp_path / "keys" / keys.OWN).stat().st_mode) == 0o600
    assert keys.own_key(tmp_path / "keys")[1] == made
    with pytest.raises(ModelKeyThereError):
        keys.new_key(tmp_path / "keys", "another")
    assert keys.own_key(tmp_path / "keys")[1] == made
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {keys.OWN, keys.PUBLIC}


def test_without_a_key_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelKeyMissingError) as missing:
        keys.own_key(tmp_path)
    assert "digilab models key new" in missing.value.sentence("ja")


def test_a_key_that_others_may_read_signs_nothing(office: Path) -> None:
    (office / keys.OWN).chmod(0o640)
    with pytest.raises(ModelKeyOpenError):
        keys.own_key(office)


@pytest.mark.parametrize("damage", ["private", "public", "gone", "another's"])
def test_a_damaged_key_signs_nothing(office: Path, tmp_path: Path, damage: str) -> None:
    if damage == "private":
        (office / keys.OWN).write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
    elif damage == "public":
        (office / keys.PUBLIC).write_text("")
    elif damage == "gone":
        (office / keys.PUBLIC).unlink()
    else:
        (office / keys.PUBLIC).write_text(keys.new_key(tmp_path / "other", "情報政策課").line)
    with pytest.raises(ModelKeyOwnError) as damaged:
        keys.own_key(office)
    assert "digilab models key new" in damaged.value.sentence("ja")
    assert str(office / keys.OWN) in damaged.value.sentence("ja")


@pytest.mark.parametrize("owner", ["", "  ", "x" * 61, "a\nb", "a\x1b[2J", "a\u202eb"])
def test_a_name_that_cannot_stand_in_one_line_is_refused(tmp_path: Path, owner: str) -> None:
    with pytest.raises(ModelKeyNameError):
        keys.new_key(tmp_path, owner)


def test_the_public_key_is_one_line(office: Path) -> None:
    assert keys.read_key(office / keys.PUBLIC) == keys.own_key(office)[1]
    assert len((office / keys.PUBLIC).read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"digilab-model-key",
        b"digilab-model-key AAAA name",
        b"digilab-model-key !!! name",
        b"other-key " + base64.b64encode(bytes(32)) + b" name",
        b"digilab-model-key " + base64.b64encode(bytes(32)) + b" ",
        b"digilab-model-key " + base64.b64encode(bytes(32)) + b" a\nb",
        b"\xff\xfe",
        b"x" * 10_000,
    ],
)
def test_what_is_no_public_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.pub").write_bytes(content)
    with pytest.raises(ModelKeyDamagedError):
        keys.read_key(tmp_path / "key.pub")


def test_a_file_that_is_not_there_is_no_public_key(tmp_path: Path) -> None:
    with pytest.raises(ModelKeyDamagedError):
        keys.read_key(tmp_path / "nowhere.pub")


def test_only_with_the_fingerprint_that_its_owner_told_is_a_key_trusted(office: Path, tmp_path: Path) -> None:
    key = keys.own_key(office)[1]
    house = tmp_path / "house"
    for told in ("", "0000", key.fingerprint[:-1], key.fingerprint[:19], "f" * 32):
        with pytest.raises(ModelKeyOtherError):
            keys.trust(house, key, told)
    assert keys.trusted(house) == ()
    for told in (key.fingerprint, key.fingerprint.upper(), key.fingerprint.replace("-", " "), f" {key.fingerprint}\n"):
        keys.trust(house, key, told)
        assert keys.trusted(house) == (key,)


def test_a_key_is_forgotten_by_its_fingerprint(office: Path, tmp_path: Path) -> None:
    key = keys.own_key(office)[1]
    keys.trust(tmp_path, key, key.fingerprint)
    with pytest.raises(ModelKeyUnknownError):
        keys.trusted_key(tmp_path, "0000")
    assert keys.trusted_key(tmp_path, key.fingerprint.replace("-", "")) == key
    keys.forget(tmp_path, key)
    assert keys.trusted(tmp_path) == ()
    with pytest.raises(ModelKeyUnknownError):
        keys.trusted_key(tmp_path, key.fingerprint)
    with pytest.raises(ModelKeyUnknownError):
        keys.forget(tmp_path, key)


def test_a_damaged_key_among_the_trusted_is_told_and_not_passed_over(office: Path, tmp_path: Path) -> None:
    key = keys.own_key(office)[1]
    keys.trust(tmp_path, key, key.fingerprint)
    (tmp_path / "trusted" / "x.pub").write_text("")
    with pytest.raises(ModelKeyDamagedError):
        keys.trusted(tmp_path)


# --- signatures -------------------------------------------------------------------------------------------


def test_a_signature_holds_for_its_manifest_and_its_key_alone(office: Path, trusted: tuple[PublicKey, ...]) -> None:
    signature = signing.sign(*keys.own_key(office), b"manifest")
    found = signing.signer(signature, b"manifest", trusted)
    assert found is not None
    assert found.key == trusted[0]
    assert signing.signer(signature, b"Manifest", trusted) is None
    stranger = signing.signer(signature, b"manifest", ())
    assert stranger is not None
    assert stranger.key is None


def test_a_signature_over_something_else_is_none_over_a_manifest(office: Path, trusted: tuple[PublicKey, ...]) -> None:
    """The same key may sign other things one day; their signatures carry another purpose."""
    private, public = keys.own_key(office)
    raw = base64.b64encode(private.sign(b"manifest")).decode()
    content = f'{{"key": "{public.fingerprint}", "signature": "{raw}"}}'.encode()
    assert signing.signer(content, b"manifest", trusted) is None


def test_a_fingerprint_that_deceives_a_terminal_is_not_shown() -> None:
    found = signing.signer(b'{"key": "\\u001b[2J", "signature": ""}', b"manifest", ())
    assert found is not None
    assert found.fingerprint == "?"
