"""Manifests: what is written, what is read, and that no manifest leads out of its folder."""

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digilab.errors import DigilabError, ModelDamagedError, ModelFileError, ModelIncompleteError, ModelToldError
from digilab.models.folder import Told, chosen_model, import_model, models
from digilab.models.manifest import (
    LONGEST_TEXT,
    MANIFEST,
    MOST_BYTES,
    MOST_FILES,
    SIGNATURE,
    Known,
    Manifest,
    manifest_in,
    parsed,
    plain_path,
)
from digilab.models.sorts import Sort
from digilab.models.verifying import differing, verify

DIGEST = "0" * 64
WHOLE = Manifest(
    name="tiny",
    sort=Sort.TRANSCRIPTION,
    source="hub:someone/tiny",
    revision="abc",
    licence="MIT",
    licence_file="LICENSE",
    made_at="2026-11-21T09:00:00+00:00",
    files={"LICENSE": Known(DIGEST, 1), "a/b.txt": Known(DIGEST, 0), "model.bin": Known(DIGEST, 7)},
)


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert parsed(WHOLE.to_bytes(), "tiny") == WHOLE


def test_a_manifest_of_the_older_form_is_read() -> None:
    older = json.dumps({"name": "x", "source": "/media/x", "files": {"model.bin": DIGEST}}).encode()
    manifest = parsed(older, "x")
    assert (manifest.source, manifest.licence, manifest.sort) == ("/media/x", "", None)
    assert manifest.files == {"model.bin": Known(DIGEST)}


def test_what_an_older_manifest_says_is_shown_as_one_plain_line() -> None:
    older = {"name": "x\x1b[2J", "source": "a\n" + "b" * LONGEST_TEXT, "files": {"model.bin": DIGEST}}
    manifest = parsed(json.dumps(older).encode(), "x")
    assert manifest.name == "x?[2J"
    assert manifest.source == "a?" + "b" * (LONGEST_TEXT - 2)


def without(name: str) -> dict[str, Any]:
    told = json.loads(WHOLE.to_bytes())
    del told[name]
    return told  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "told",
    [
        *(without(name) for name in ("name", "sort", "source", "revision", "licence", "made_at", "files")),
        *(
            {**json.loads(WHOLE.to_bytes()), **wrong}
            for wrong in (
                {"format": 3},
                {"sort": "weather"},
                {"source": "a\nb"},
                {"source": "x" * 501},
                {"files": {"model.bin": {"sha256": "abc", "size": 1}}},
                {"files": {"model.bin": {"sha256": DIGEST, "size": -1}}},
                {"files": {"model.bin": {"sha256": DIGEST, "size": True}}},
                {"files": {"model.bin": {"sha256": DIGEST, "size": None}}},
                {"files": {"model.bin": {"sha256": DIGEST}}},
                {"licence": {"name": "MIT", "file": "../LICENSE"}},
                {"files": {"a": {"sha256": DIGEST, "size": 1}, "a/b": {"sha256": DIGEST, "size": 1}}},
                {"files": {f"f{number}": {"sha256": DIGEST, "size": 1} for number in range(MOST_FILES + 1)}},
            )
        ),
    ],
    ids=lambda told: str(told)[-60:],
)
def test_a_manifest_that_is_not_whole_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ModelDamagedError):
        parsed(json.dumps(told).encode(), "tiny")


@pytest.mark.parametrize("content", [b"[" * 100_000, b"x" * (MOST_BYTES + 1), b"\xff\xfe", b"12", b"null"], ids=len)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ModelDamagedError):
        parsed(content, "tiny")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["format", "name", "sort", "source", "files", "licence", "sha256", "size", "x"]), inner
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_stands_in_a_manifest_it_is_read_or_refused(told: Any) -> None:
    try:
        parsed(json.dumps(told).encode(), "x")
    except DigilabError as error:
        assert error.code == "model-damaged"  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "..", "../x", "/etc/passwd", "a/../b", "a//b", "a/", ".hidden", "a/.hidden", "a\\b", "a\nb", "a\u202eb", "\ud800",
        "manifest.json", "manifest.sig", "x" * 101, "長" * 34,
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_or_deceives_is_none_of_a_model(path: str) -> None:
    assert not plain_path(path)


@pytest.mark.parametrize("path", ["model.bin", "a/b/c.txt", "使用許諾.txt", "with space.txt", "x" * 100])
def test_other_paths_are(path: str) -> None:
    assert plain_path(path)


# --- in folders -------------------------------------------------------------------------------------------


def test_sub_folders_are_in_the_manifest_and_verified(folder: Path, source: Path) -> None:
    (source / "assets" / "deep").mkdir(parents=True)
    (source / "assets" / "deep" / "mel.txt").write_text("80")
    place = import_model(folder, source).folder
    assert "assets/deep/mel.txt" in json.loads((place / MANIFEST).read_text("utf-8"))["files"]
    (place / "assets" / "deep" / "mel.txt").write_text("81")
    assert [(each.file, each.what) for each in differing(place)] == [("assets/deep/mel.txt", "changed")]


def test_every_file_that_differs_is_named_with_how(folder: Path, source: Path) -> None:
    place = import_model(folder, source).folder
    (place / "model.bin").write_bytes(b"weightz")
    (place / "config.json").unlink()
    (place / "decoding.json").write_text("{}")
    found = {(each.file, each.what) for each in differing(place)}
    assert found == {("model.bin", "changed"), ("config.json", "missing"), ("decoding.json", "added")}
    with pytest.raises(ModelDamagedError) as damaged:
        verify(folder, "tiny")
    assert all(name in damaged.value.sentence("ja") for name, _ in found)


def test_a_quick_look_sees_sizes_and_no_more(folder: Path, source: Path) -> None:
    place = import_model(folder, source).folder
    (place / "model.bin").write_bytes(b"weightz")
    assert list(differing(place, deep=False)) == []
    (place / "model.bin").write_bytes(b"weight")
    assert [each.file for each in differing(place, deep=False)] == ["model.bin"]


def test_a_file_that_was_exchanged_for_a_link_is_damage(folder: Path, source: Path, tmp_path: Path) -> None:
    place = import_model(folder, source).folder
    other = tmp_path / "other"
    other.write_bytes((place / "config.json").read_bytes())
    (place / "config.json").unlink()
    (place / "config.json").symlink_to(other)
    with pytest.raises((ModelDamagedError, ModelFileError)):
        verify(folder, "tiny")


def test_licence_and_origin_are_told_at_the_import(folder: Path, source: Path, tmp_path: Path) -> None:
    text = tmp_path / "mit.txt"
    text.write_text("Permission is hereby granted")
    told = Told("https://example.jp/models", "v1", "MIT", text)
    manifest = import_model(folder, source, told=told).manifest
    assert (manifest.source, manifest.revision, manifest.licence) == ("https://example.jp/models", "v1", "MIT")
    assert manifest.licence_file == "LICENSE"
    assert (folder / "tiny" / "LICENSE").read_text() == "Permission is hereby granted"
    assert verify(folder, "tiny") == 4


@pytest.mark.parametrize("option", ["licence", "origin", "revision"])
@pytest.mark.parametrize("text", ["MIT\nPermission is hereby granted", "x" * (LONGEST_TEXT + 1), "a\x1b[2J", "a\udce9"])
def test_what_no_manifest_can_hold_is_refused_before_anything_is_copied(
    folder: Path, source: Path, option: str, text: str
) -> None:
    told = {"licence": Told(licence=text), "origin": Told(text), "revision": Told(revision=text)}[option]
    with pytest.raises(ModelToldError) as refused:
        import_model(folder, source, told=told)
    assert f"--{option}" in refused.value.sentence("ja")
    assert not folder.exists()


def test_a_model_in_a_folder_whose_name_is_no_unicode_is_brought_in_and_stays_readable(
    folder: Path, source: Path
) -> None:
    """A name in cp932, as media from Windows of old have it."""
    odd = source.with_name(os.fsdecode("議事".encode("cp932") + b"\n"))
    source.rename(odd)
    assert import_model(folder, odd, "tiny").source.startswith(str(source.parent))
    assert models(folder)[0].source.isprintable()
    assert verify(folder, "tiny") == 3


def test_a_licence_file_finds_a_name_beside_those_that_are_there(folder: Path, source: Path, tmp_path: Path) -> None:
    (source / "LICENSE").mkdir()
    for name in ("LICENSE/MIT.txt", "LICENSE.told", "LICENSE.told-2"):
        (source / name).write_text("others")
    text = tmp_path / "mit.txt"
    text.write_text("Permission is hereby granted")
    place = import_model(folder, source, told=Told(licence="MIT", licence_file=text)).folder
    manifest = manifest_in(place)
    assert manifest is not None
    assert (place / manifest.licence_file).read_text() == "Permission is hereby granted"
    assert verify(folder, "tiny") == 7


def test_a_licence_file_that_is_not_there_is_missed_before_anything_is_copied(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        import_model(folder, source, told=Told(licence="MIT", licence_file=tmp_path / "nowhere"))
    assert not folder.exists()


def test_a_licence_file_is_no_file_too_many(folder: Path, source: Path, tmp_path: Path) -> None:
    """A manifest with one file more than a reader takes would make the model useless for ever."""
    for number in range(MOST_FILES - 3):
        (source / f"f{number}").touch()
    (tmp_path / "mit.txt").touch()
    with pytest.raises(ModelFileError):
        import_model(folder, source, told=Told(licence="MIT", licence_file=tmp_path / "mit.txt"))
    assert not folder.exists()


def test_a_licence_file_that_lies_in_the_folder_is_found(folder: Path, source: Path) -> None:
    (source / "LICENSE.txt").write_text("Permission is hereby granted")
    assert import_model(folder, source).manifest.licence_file == "LICENSE.txt"


def test_a_model_that_was_copied_from_another_house_keeps_its_manifest(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    first = import_model(folder, source, told=Told("hub:someone/tiny", "abc", "MIT"))
    second = import_model(tmp_path / "other", first.folder)
    assert second.manifest == first.manifest


@pytest.mark.parametrize("what", ["link", "folder link", "pipe", "control character"])
def test_a_folder_with_what_is_no_plain_file_is_refused_with_the_name(
    folder: Path, source: Path, what: str, tmp_path: Path
) -> None:
    if what == "link":
        (source / "extra").symlink_to("/etc/passwd")
    elif what == "folder link":
        (source / "extra").symlink_to(tmp_path, target_is_directory=True)
    elif what == "pipe":
        os.mkfifo(source / "extra")
    else:
        (source / "extra\x1b[2J").write_text("")
    with pytest.raises(ModelFileError) as refused:
        import_model(folder, source)
    assert "extra" in refused.value.sentence("ja")
    assert refused.value.sentence("ja").isprintable()
    assert models(folder) == []


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE])
def test_a_link_under_one_of_our_own_names_is_refused_and_not_followed(
    folder: Path, source: Path, tmp_path: Path, name: str
) -> None:
    known = import_model(tmp_path / "other", source).folder / MANIFEST
    if name == SIGNATURE:
        (source / MANIFEST).write_bytes(known.read_bytes())
        (tmp_path / "secret").write_text("nobody's business")
        known = tmp_path / "secret"
    (source / name).symlink_to(known)
    with pytest.raises(ModelFileError) as refused:
        import_model(folder, source)
    assert name in refused.value.sentence("ja")
    assert models(folder) == []


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json"])
def test_a_speech_model_without_what_it_needs_is_not_brought_in(folder: Path, source: Path, missing: str) -> None:
    (source / missing).unlink()
    with pytest.raises(ModelIncompleteError) as refused:
        import_model(folder, source)
    assert missing in refused.value.sentence("ja")


def test_models_of_another_sort_are_neither_chosen_nor_in_the_way(folder: Path, source: Path, tmp_path: Path) -> None:
    voices = tmp_path / "voices"
    voices.mkdir()
    (voices / "speakers.json").write_text("{}")
    (voices / "embedding.onnx").write_bytes(b"network")
    import_model(folder, source)
    assert import_model(folder, voices).sort is Sort.SPEAKERS
    assert chosen_model(folder, "") == folder / "tiny"
    assert chosen_model(folder, "", Sort.SPEAKERS) == folder / "voices"
    assert [each.name for each in models(folder, Sort.SPEAKERS)] == ["voices"]
    with pytest.raises(DigilabError):
        chosen_model(folder, "voices")


def test_an_old_model_is_used_and_verified_but_its_sub_folders_are_left_alone(folder: Path, source: Path) -> None:
    (source / "assets").mkdir()
    (source / "assets" / "mel.txt").write_text("80")
    files = {
        name: sha256((source / name).read_bytes()).hexdigest()
        for name in ("model.bin", "config.json", "tokenizer.json")
    }
    folder.mkdir()
    source.rename(folder / "old")
    (folder / "old" / MANIFEST).write_text(json.dumps({"name": "old", "source": "/media/old", "files": files}))
    assert verify(folder, "old") == 3
    assert chosen_model(folder, "") == folder / "old"
    found = manifest_in(folder / "old")
    assert found is not None
    assert found.format == 1
