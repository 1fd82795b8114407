"""Model folders: brought in, listed, checked, chosen. A folder with any `model.bin` is a model here; nobody decodes with it."""

import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from digilab.errors import (
    ModelDamagedError,
    ModelFolderError,
    ModelMissingError,
    ModelNameError,
    ModelPullError,
    ModelPullProgramError,
)
from digilab.models.folder import chosen_model, import_model, models
from digilab.models.manifest import MANIFEST
from digilab.models.pull import pull
from digilab.models.verifying import verify
from unit.models.lying import lying_in


def test_a_model_is_brought_in_with_its_checksums(folder: Path, source: Path) -> None:
    model = import_model(folder, source)
    assert (model.name, model.folder, model.source) == ("tiny", folder / "tiny", str(source))
    manifest = json.loads((model.folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["files"] == {
        "config.json": {"sha256": sha256(b"{}").hexdigest(), "size": 2},
        "model.bin": {"sha256": sha256(b"weights").hexdigest(), "size": 7},
        "tokenizer.json": {"sha256": sha256(b"{}").hexdigest(), "size": 2},
    }
    assert lying_in(folder) == ["tiny"]
    assert verify(folder, "tiny") == 3
    assert [(each.name, each.size) for each in models(folder)] == [("tiny", model.size)]


def test_a_manifest_that_comes_along_is_checked_and_its_origin_kept(folder: Path, source: Path) -> None:
    files = {"model.bin": sha256(b"weights").hexdigest()}
    (source / MANIFEST).write_text(json.dumps({"source": "hub:someone/tiny", "files": files}))
    assert import_model(folder, source, "other").source == "hub:someone/tiny"
    assert [(each.name, each.source) for each in models(folder)] == [("other", "hub:someone/tiny")]


@pytest.mark.parametrize(
    "files", [{"model.bin": "0" * 64}, {"missing.json": "0" * 64}, {"../../secret": "0" * 64}], ids=str
)
def test_a_model_that_is_not_what_its_manifest_says_is_not_brought_in(
    folder: Path, source: Path, files: dict[str, str]
) -> None:
    (source / MANIFEST).write_text(json.dumps({"files": files}))
    with pytest.raises(ModelDamagedError):
        import_model(folder, source)
    assert models(folder) == []


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}", '{"files": 3}', '{"files": null}', "\x00"])
def test_a_damaged_manifest_is_an_error_with_a_sentence(folder: Path, source: Path, content: str) -> None:
    import_model(folder, source)
    (folder / "tiny" / MANIFEST).write_text(content)
    with pytest.raises(ModelDamagedError) as damaged:
        verify(folder, "tiny")
    assert damaged.value.evidence["file"] == MANIFEST
    (source / MANIFEST).write_text(content)
    with pytest.raises(ModelDamagedError):
        import_model(folder, source, "again")
    assert [each.name for each in models(folder)] == ["tiny"]


@pytest.mark.parametrize("what", ["changed", "cut", "gone", "no manifest"])
def test_damage_is_found_and_its_file_named(folder: Path, source: Path, what: str) -> None:
    place = import_model(folder, source).folder
    if what == "changed":
        (place / "model.bin").write_bytes(b"weightz")
    elif what == "cut":
        (place / "model.bin").write_bytes(b"weig")
    elif what == "gone":
        (place / "config.json").unlink()
    else:
        (place / MANIFEST).unlink()
    expected = {"gone": "config.json", "no manifest": MANIFEST}.get(what, "model.bin")
    with pytest.raises(ModelDamagedError) as damaged:
        verify(folder, "tiny")
    assert damaged.value.evidence["file"] == expected


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "-x", "", "モデル", "x" * 81, "a\x00b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(folder: Path, source: Path, name: str) -> None:
    import_model(folder, source)
    with pytest.raises(ModelMissingError):
        verify(folder, name)
    if name:
        with pytest.raises(ModelMissingError):
            chosen_model(folder, name)
        with pytest.raises(ModelNameError):
            import_model(folder, source, name)


def test_a_name_is_given_once(folder: Path, source: Path) -> None:
    import_model(folder, source)
    with pytest.raises(ModelNameError):
        import_model(folder, source)


def test_a_folder_without_weights_is_no_model(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelFolderError):
        import_model(folder, tmp_path / "empty")
    with pytest.raises(ModelFolderError):
        import_model(folder, tmp_path / "nowhere")
    assert models(folder) == []


def test_a_copy_that_a_crash_left_half_way_is_no_model(folder: Path, source: Path) -> None:
    """An import that was killed leaves its folder behind; it is neither listed nor chosen."""
    shutil.copytree(source, folder / ".incoming-0123")
    assert models(folder) == []
    with pytest.raises(ModelMissingError):
        chosen_model(folder, "")


def test_without_a_name_the_usual_one_or_the_only_one_is_chosen(folder: Path, source: Path) -> None:
    with pytest.raises(ModelMissingError):
        chosen_model(folder, "")
    import_model(folder, source, "only")
    assert chosen_model(folder, "") == folder / "only"
    import_model(folder, source, "second")
    with pytest.raises(ModelMissingError):
        chosen_model(folder, "")
    import_model(folder, source, "small")
    assert chosen_model(folder, "") == folder / "small"
    assert chosen_model(folder, "second") == folder / "second"


@pytest.mark.parametrize("name", ["small", "someone/some-model"])
def test_without_a_network_pulling_says_how_to_bring_a_model_in(folder: Path, name: str) -> None:
    with pytest.raises(ModelPullError) as refused:
        pull(folder, name)
    assert name in refused.value.sentence("ja")
    assert "digilab models import" in refused.value.sentence("ja")
    assert models(folder) == []


def test_without_the_program_for_pulling_it_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelPullProgramError) as refused:
        pull(folder, "small")
    assert "digilab[pull]" in refused.value.sentence("ja")
    assert models(folder) == []
