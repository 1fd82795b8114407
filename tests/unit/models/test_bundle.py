"""Bundles: packed, carried, taken in; whoever changes one byte, signs with another key or cuts it off is refused, and nothing stays."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from digilab.errors import (
    BundleDamagedError,
    BundleError,
    BundleForeignError,
    BundleLargeError,
    BundleThereError,
    BundleUnsignedError,
    ModelDamagedError,
    ModelLicenceError,
    ModelMissingError,
    ModelNameError,
)
from digilab.models import bundle, keys, signing
from digilab.models.folder import Told, import_model, models
from digilab.models.keys import PublicKey
from digilab.models.manifest import MANIFEST, SIGNATURE, Known, Manifest
from digilab.models.signing import Signed, signer_in
from digilab.models.sorts import Sort
from digilab.models.verifying import verify
from unit.models.lying import lying_in

TOLD = Told("hub:someone/tiny", "abc", "MIT")


@pytest.fixture
def carried(tmp_path: Path, source: Path, office: Path) -> Path:
    """A bundle as an office packed it."""
    (source / "assets").mkdir()
    (source / "assets" / "使用条件.txt").write_text("80")
    import_model(tmp_path / "theirs", source, told=TOLD)
    file = tmp_path / "tiny.bundle"
    bundle.pack(tmp_path / "theirs", "tiny", file, *keys.own_key(office))
    return file


def members(file: Path) -> list[tuple[str, bytes]]:
    with tarfile.open(file) as tar:
        return [(each.name, (tar.extractfile(each) or io.BytesIO()).read()) for each in tar]


def written(
    file: Path, contents: list[tuple[str, bytes]], *extra: tarfile.TarInfo, form: int = tarfile.GNU_FORMAT
) -> Path:
    with tarfile.open(file, "w", format=form) as tar:
        for name, content in contents:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in extra:
            tar.addfile(info)
        length = tar.offset
    with file.open("r+b") as opened:  # without tarfile's filling up
        opened.truncate(length + 1024)
    return file


def test_a_bundle_is_a_plain_tar_with_the_manifest_and_its_signature_first(carried: Path) -> None:
    names = [name for name, _ in members(carried)]
    assert names == [MANIFEST, SIGNATURE, "assets/使用条件.txt", "config.json", "model.bin", "tokenizer.json"]


def test_a_trusted_bundle_brings_the_model_in_with_its_manifest_and_signature(
    folder: Path, carried: Path, trusted: tuple[PublicKey, ...]
) -> None:
    model = bundle.unpack(folder, carried, trusted)
    assert (model.name, model.source, model.manifest.licence, model.manifest.revision) == (
        "tiny",
        "hub:someone/tiny",
        "MIT",
        "abc",
    )
    assert (folder / "tiny" / "assets" / "使用条件.txt").read_text() == "80"
    assert verify(folder, "tiny") == 4
    signed = signer_in(model.folder, trusted)
    assert signed is not None
    assert signed.key == trusted[0]
    assert lying_in(folder) == ["tiny"]


def test_progress_reaches_the_end(folder: Path, carried: Path, trusted: tuple[PublicKey, ...]) -> None:
    seen: list[tuple[int, int]] = []
    bundle.unpack(folder, carried, trusted, progress=lambda done, size: seen.append((done, size)))
    assert seen == sorted(seen)
    assert seen[-1] == (sum(len(content) for _, content in members(carried)[2:]),) * 2


def test_a_bundle_of_a_stranger_is_refused_with_the_fingerprint(folder: Path, carried: Path, tmp_path: Path) -> None:
    stranger = keys.new_key(tmp_path / "stranger", "よその部署")
    for known in ((), (stranger,)):
        with pytest.raises(BundleForeignError) as refused:
            bundle.unpack(folder, carried, known)
        assert keys.own_key(tmp_path / "office")[1].fingerprint in refused.value.sentence("ja")
    assert models(folder) == []


def test_a_signature_by_another_key_under_a_trusted_fingerprint_is_none(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...]
) -> None:
    keys.new_key(tmp_path / "forger", "情報政策課")
    private, _ = keys.own_key(tmp_path / "forger")
    contents = members(carried)
    contents[1] = (SIGNATURE, signing.sign(private, trusted[0], contents[0][1]))
    with pytest.raises(BundleUnsignedError):
        bundle.unpack(folder, written(tmp_path / "forged", contents), trusted)


@pytest.mark.parametrize(
    "signature", [None, b"", b"{}", b"[]", b"not json", b'{"key": 1, "signature": 2}', b"{" * 4000]
)
def test_an_unsigned_bundle_is_refused(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...], signature: bytes | None
) -> None:
    contents = members(carried)
    contents[1:2] = [] if signature is None else [(SIGNATURE, signature)]
    with pytest.raises(BundleUnsignedError) as refused:
        bundle.unpack(folder, written(tmp_path / "unsigned", contents), trusted)
    assert "署名" in refused.value.sentence("ja")
    assert models(folder) == []


def test_one_altered_byte_anywhere_in_manifest_or_files_is_refused(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...]
) -> None:
    contents = members(carried)
    for number, (name, content) in enumerate(contents):
        altered = list(contents)
        altered[number] = (name, bytes([content[0] ^ 1]) + content[1:])
        with pytest.raises((BundleDamagedError, BundleUnsignedError, BundleForeignError)):
            bundle.unpack(folder, written(tmp_path / "altered", altered), trusted)
        assert models(folder) == []
        assert lying_in(folder) == []


def test_whatever_byte_is_altered_the_model_that_was_signed_comes_in_or_none(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...]
) -> None:
    """A few bytes of a tar's headers say nothing, such as whose the file was."""
    whole, taken = carried.read_bytes(), 0
    for place in range(0, len(whole), 37):
        (tmp_path / "altered").write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            model = bundle.unpack(folder, tmp_path / "altered", trusted, "x", replace=True)
        except BundleError:
            assert lying_in(folder) in ([], ["x"])
        else:
            taken += 1
            assert verify(folder, "x") == 4
            assert signer_in(model.folder, trusted) == Signed(trusted[0].fingerprint, trusted[0])
    assert taken < 5


def test_a_bundle_that_is_cut_off_anywhere_is_refused(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...]
) -> None:
    whole = carried.read_bytes()
    for length in range(0, len(whole), 256):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises((BundleDamagedError, BundleUnsignedError)) as refused:
            bundle.unpack(folder, tmp_path / "cut", trusted)
        assert "取り込" in refused.value.sentence("ja")
    assert models(folder) == []


@pytest.mark.parametrize("content", [b"", b"x", bytes(10_000), b"PK\x03\x04" * 1000, b"\xff" * 5000], ids=len)
def test_what_is_no_bundle_is_refused(
    folder: Path, tmp_path: Path, trusted: tuple[PublicKey, ...], content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(BundleDamagedError):
        bundle.unpack(folder, tmp_path / "file", trusted)


def odd(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def test_how_these_tests_write_a_bundle_is_no_reason_to_refuse_it(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...]
) -> None:
    assert written(tmp_path / "same", members(carried)).read_bytes() != b""
    assert bundle.unpack(folder, tmp_path / "same", trusted).name == "tiny"


CHANGES: dict[str, Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]] = {
    "a file more": lambda contents: [*contents, ("more.txt", b"more")],
    "a file less": lambda contents: contents[:-1],
    "another order": lambda contents: [*contents[:2], *reversed(contents[2:])],
    "a path that leads out": lambda contents: [*contents[:2], ("../../evil", contents[2][1]), *contents[3:]],
    "an absolute path": lambda contents: [*contents[:2], ("/evil", contents[2][1]), *contents[3:]],
    "a manifest in a later place": lambda contents: [contents[2], *contents[:2], *contents[3:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_what_the_manifest_says_in_its_order_is_taken(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...], change: str
) -> None:
    changed = written(tmp_path / "changed", CHANGES[change](members(carried)))
    with pytest.raises(BundleDamagedError):
        bundle.unpack(folder, changed, trusted)
    assert models(folder) == []
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE],
)
def test_links_devices_and_folders_are_not_understood(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...], kind: bytes
) -> None:
    contents = members(carried)
    file = written(tmp_path / "odd", contents[:2], odd("assets/使用条件.txt", kind, "/etc/passwd"))
    with pytest.raises(BundleDamagedError):
        bundle.unpack(folder, file, trusted)
    assert models(folder) == []


def test_headers_that_announce_more_headers_are_not_understood(
    folder: Path, carried: Path, tmp_path: Path, trusted: tuple[PublicKey, ...]
) -> None:
    """pax and long names: what a hostile file would fill the memory with."""
    contents = [("x" * 150 + name, content) for name, content in members(carried)]
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with pytest.raises(BundleDamagedError):
            bundle.unpack(folder, written(tmp_path / "long", contents, form=form), trusted)


def test_a_manifest_that_is_too_large_is_not_read(folder: Path, tmp_path: Path, trusted: tuple[PublicKey, ...]) -> None:
    with pytest.raises(BundleDamagedError):
        bundle.unpack(folder, written(tmp_path / "large", [(MANIFEST, bytes(2 * 1024**2))]), trusted)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        (
            {
                "model.bin": Known("0" * 64, 10**12),
                "config.json": Known("0" * 64, 1),
                "tokenizer.json": Known("0" * 64, 1),
            },
            BundleLargeError,
        ),
        ({"model.bin": Known("0" * 64, 1)}, BundleDamagedError),
    ],
    ids=["too large", "incomplete"],
)
def test_even_a_signed_manifest_must_be_one_of_a_model(
    folder: Path,
    tmp_path: Path,
    office: Path,
    trusted: tuple[PublicKey, ...],
    files: dict[str, Known],
    error: type[Exception],
) -> None:
    content = Manifest(name="x", sort=Sort.TRANSCRIPTION, licence="MIT", files=files).to_bytes()
    signature = signing.sign(*keys.own_key(office), content)
    with pytest.raises(error):
        bundle.unpack(folder, written(tmp_path / "signed", [(MANIFEST, content), (SIGNATURE, signature)]), trusted)


def test_a_name_is_taken_or_given(folder: Path, carried: Path, trusted: tuple[PublicKey, ...]) -> None:
    bundle.unpack(folder, carried, trusted)
    with pytest.raises(ModelNameError):
        bundle.unpack(folder, carried, trusted)
    assert bundle.unpack(folder, carried, trusted, "second").name == "second"
    (folder / "tiny" / "model.bin").write_bytes(b"damaged")
    bundle.unpack(folder, carried, trusted, replace=True)
    assert verify(folder, "tiny") == 4


# --- packing ----------------------------------------------------------------------------------------------


def test_a_model_of_unknown_licence_is_not_packed(folder: Path, source: Path, office: Path, tmp_path: Path) -> None:
    import_model(folder, source)
    with pytest.raises(ModelLicenceError):
        bundle.pack(folder, "tiny", tmp_path / "file", *keys.own_key(office))
    with pytest.raises(ModelMissingError):
        bundle.pack(folder, "other", tmp_path / "file", *keys.own_key(office))
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("what", ["changed", "cut", "gone"])
def test_a_damaged_model_is_not_packed(folder: Path, source: Path, office: Path, tmp_path: Path, what: str) -> None:
    place = import_model(folder, source, told=TOLD).folder
    out = tmp_path / "out"
    out.mkdir()
    if what == "gone":
        (place / "model.bin").unlink()
        (place / "model.bin").symlink_to("nowhere")
    else:
        (place / "model.bin").write_bytes({"changed": b"weightz", "cut": b"weig"}[what])
    with pytest.raises((ModelDamagedError, ModelMissingError)):
        bundle.pack(folder, "tiny", out / "file", *keys.own_key(office))
    assert list(out.iterdir()) == []


def test_nothing_is_overwritten(folder: Path, source: Path, office: Path, tmp_path: Path) -> None:
    import_model(folder, source, told=TOLD)
    (tmp_path / "file").write_text("something else")
    with pytest.raises(BundleThereError):
        bundle.pack(folder, "tiny", tmp_path / "file", *keys.own_key(office))
    assert (tmp_path / "file").read_text() == "something else"


def test_the_same_model_packs_to_the_same_bytes(folder: Path, source: Path, office: Path, tmp_path: Path) -> None:
    import_model(folder, source, told=TOLD)
    for name in ("one", "two"):
        bundle.pack(folder, "tiny", tmp_path / name, *keys.own_key(office))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
