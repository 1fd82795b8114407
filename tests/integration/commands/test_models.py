"""`digilab models …` as an operator types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from digilab.access.records import Audit
from digilab.database.session import Database
from digilab.models import place
from integration.test_command_line import Command, a_model, handed_in, recording  # noqa: F401 - a fixture by name
from unit.models.lying import lying_in


@pytest.fixture
def models(settings: Path) -> Path:
    """The house's models folder."""
    return settings / "models"


def lines(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def test_list_shows_sort_licence_origin_and_that_nobody_signed(digilab: Command, tmp_path: Path) -> None:
    told = ["--licence", "MIT", "--origin", "hub:someone/tiny", "--revision", "5f0c7e1d3a9b42c68e1f"]
    assert digilab("models", "import", a_model(tmp_path / "tiny"), *told).code == 0
    assert "ライセンスが記録されていません" in digilab("models", "import", a_model(tmp_path / "bare")).out
    bare, tiny = lines(digilab("models", "list").out)
    assert tiny == ["tiny", "音声認識", "0.0 MB", "MIT", "hub:someone/tiny@5f0c7e1d3a9b", "署名なし"]
    assert bare[3] == "ライセンス未記録"


def test_verify_names_every_file_that_differs_and_how_and_goes_on_with_the_other_models(
    digilab: Command, models: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        digilab("models", "import", a_model(tmp_path / name))
    (models / "one" / "model.bin").write_bytes(b"weightz")
    (models / "one" / "config.json").unlink()
    (models / "one" / "decoding.json").write_text("{}")
    ended = digilab("models", "verify")
    assert ended.code == 1
    assert "  model.bin: 記録と内容が違う" in ended.out
    assert "  config.json: ない" in ended.out
    assert "  decoding.json: 記録にない" in ended.out
    assert ended.err.startswith("[model-damaged]")
    assert "モデル two: 3 ファイルとも正常です。" in ended.out
    assert digilab("models", "verify", "three").err.startswith("[model-missing]")


def test_verify_goes_on_after_a_model_with_a_link_in_it(digilab: Command, models: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        digilab("models", "import", a_model(tmp_path / name))
    (models / "one" / "extra").symlink_to("/etc/passwd")
    ended = digilab("models", "verify")
    assert ended.code == 1
    assert ended.err.startswith("[model-file]")
    assert "モデル two: 3 ファイルとも正常です。" in ended.out


def test_a_licence_of_several_lines_is_refused_in_words(digilab: Command, models: Path, tmp_path: Path) -> None:
    refused = digilab("models", "import", a_model(tmp_path / "tiny"), "--licence", "MIT\nPermission is granted")
    assert refused.err.startswith("[model-told] 「--licence」")
    assert lying_in(models) == []


def test_a_manifest_changed_under_its_signature_is_told(digilab: Command, models: Path, tmp_path: Path) -> None:
    digilab("models", "import", a_model(tmp_path / "tiny"), "--licence", "MIT")
    made = digilab("models", "key", "new", "情報政策課").out
    fingerprint = made.split()[-1]
    assert digilab("models", "bundle", "tiny", tmp_path / "tiny.bundle").code == 0
    refused = digilab("models", "import", tmp_path / "tiny.bundle", "--name", "signed")
    assert refused.err.startswith("[bundle-foreign]")
    public = models.parent / "model-keys" / "signing.pub"
    assert digilab("models", "key", "trust", public, "--fingerprint", "0000").err.startswith("[model-key-other]")
    assert digilab("models", "key", "trust", public, "--fingerprint", fingerprint).code == 0
    assert digilab("models", "import", tmp_path / "tiny.bundle", "--name", "signed").code == 0
    assert f"署名: 情報政策課 ({fingerprint})" in digilab("models", "verify", "signed").out
    manifest = models / "signed" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"MIT"', b'"GPL"'))
    assert "署名が正しくありません" in digilab("models", "verify", "signed").out
    assert [line[0] for line in lines(digilab("models", "key", "list").out)] == ["署名用", "信頼"]


def test_what_a_bundle_says_of_itself_cannot_be_overruled(digilab: Command, tmp_path: Path) -> None:
    (tmp_path / "x.bundle").write_bytes(b"")
    ended = digilab("models", "import", tmp_path / "x.bundle", "--licence", "MIT")
    assert ended.code == 2
    assert "署名" in ended.err


def test_a_key_is_trusted_only_after_its_fingerprint_was_typed(tmp_path: Path) -> None:
    """Somebody who just presses return, or a script that has no answer, trusts nothing."""
    program = Path(sys.executable).with_name("digilab")
    environment = {"PATH": os.environ["PATH"], "DIGILAB_DATA": str(tmp_path / "pc")}
    subprocess.run([program, "models", "key", "new", "A"], env=environment, capture_output=True, check=True)
    environment["DIGILAB_DATA"] = str(tmp_path / "server")
    trust = [program, "models", "key", "trust", tmp_path / "pc" / "model-keys" / "signing.pub"]
    ended = subprocess.run(trust, env=environment, input="\n", capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "server" / "model-keys").exists()


# --- remove -----------------------------------------------------------------------------------------------


def test_a_model_that_nobody_needs_is_removed(digilab: Command, models: Path, tmp_path: Path) -> None:
    digilab("models", "import", a_model(tmp_path / "tiny"))
    assert digilab("models", "remove", "tiny").code == 0
    assert lying_in(models) == []
    assert digilab("models", "remove", "tiny").err.startswith("[model-missing]")


@pytest.mark.parametrize(
    "setting", ["DIGILAB_MODELS__TRANSCRIPTION", "DIGILAB_MODELS__SPEAKERS", "DIGILAB_FORMS__MODEL"]
)
def test_a_model_that_a_setting_names_is_not_removed(
    digilab: Command, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    needed = {"SPEAKERS": ["speakers.json", "embedding.onnx"], "MODEL": ["inference.yml"]}.get(
        setting.rpartition("__")[2]
    )
    source = a_model(tmp_path / "one")
    if needed is not None:
        (source / "model.bin").unlink()
        for name in needed:
            (source / name).write_text("{}")
    assert digilab("models", "import", source).code == 0
    monkeypatch.setenv(setting, "one" if "MODELS" in setting else str(models / "one"))
    refused = digilab("models", "remove", "one")
    assert refused.err.startswith("[model-set]")
    assert setting in refused.err
    monkeypatch.delenv(setting)
    assert digilab("models", "remove", "one").code == 0


def test_the_model_that_an_open_job_will_take_is_not_removed(
    house: Command,
    tmp_path: Path,
    recording: Path,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("small", "other"):
        house("models", "import", a_model(tmp_path / name))
    house("department", "add", "総務課")
    receipt = handed_in(house, recording)
    refused = house("models", "remove", "small")
    assert refused.err.startswith("[model-working]")
    assert receipt in refused.err
    assert house("models", "remove", "other").code == 0
    house("models", "import", tmp_path / "other")
    monkeypatch.setenv("DIGILAB_MODELS__TRANSCRIPTION", "other")
    assert house("models", "remove", "small").code == 0


def test_the_speaker_model_of_a_job_whose_text_is_still_being_written_is_not_removed(
    house: Command,
    tmp_path: Path,
    recording: Path,  # noqa: F811 - a fixture
) -> None:
    source = tmp_path / "voices"
    source.mkdir()
    for name in ("speakers.json", "embedding.onnx"):
        (source / name).write_text("{}")
    house("department", "add", "総務課")
    handed_in(house, recording)
    for wanted, refusal in (("off", False), ("2", True)):
        house("models", "import", source)
        receipt = handed_in(house, recording, "--option", f"speakers={wanted}")
        told = house("models", "remove", "voices")
        assert told.err.startswith("[model-working]") is refusal
        assert (receipt in told.err) is refusal


def test_a_model_that_a_worker_has_loaded_is_not_removed(digilab: Command, models: Path, tmp_path: Path) -> None:
    digilab("models", "import", a_model(tmp_path / "tiny"))
    with place.held(models / "tiny"):
        assert digilab("models", "remove", "tiny").err.startswith("[model-held]")
        assert digilab("models", "import", tmp_path / "tiny", "--replace").err.startswith("[model-held]")
    assert digilab("models", "remove", "tiny").code == 0


def test_who_brought_in_trusted_and_removed_what_is_in_the_audit_trail(
    house: Command, tmp_path: Path, record: Database, models: Path
) -> None:
    fingerprint = house("models", "key", "new", "情報政策課").out.split()[-1]
    house("models", "key", "trust", models.parent / "model-keys" / "signing.pub", "--fingerprint", fingerprint)
    house("models", "import", a_model(tmp_path / "tiny"), "--origin", "hub:someone/tiny")
    house("models", "remove", "tiny")
    house("models", "key", "forget", fingerprint)
    with record.reading() as session:
        noted = [(line.action, line.subject) for line in session.scalars(select(Audit).order_by(Audit.id))]
    assert [each for each in noted if each[0].startswith("model")] == [
        ("model-key-trust", fingerprint),
        ("model-import", "tiny"),
        ("model-remove", "tiny"),
        ("model-key-forget", fingerprint),
    ]


def test_while_the_record_does_not_answer_no_model_and_no_key_comes_or_goes(
    digilab: Command, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done then would stand in no audit trail, and the same command typed again would say that it is done already."""
    fingerprint = digilab("models", "key", "new", "情報政策課").out.split()[-1]
    public = models.parent / "model-keys" / "signing.pub"
    for name in ("one", "two"):
        digilab("models", "import", a_model(tmp_path / name))
    monkeypatch.setenv("DIGILAB_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    trust = ["models", "key", "trust", public, "--fingerprint", fingerprint]
    for command in (["models", "remove", "one"], ["models", "import", a_model(tmp_path / "three")], trust):
        assert digilab(*command).err.startswith("[database-unreachable]")
    assert lying_in(models) == ["one", "two"]
    assert not (models.parent / "model-keys" / "trusted").exists()
    monkeypatch.delenv("DIGILAB_DATABASE__URL")
    assert digilab(*trust).code == 0
    monkeypatch.setenv("DIGILAB_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert digilab("models", "key", "forget", fingerprint).err.startswith("[database-unreachable]")
    assert [line[0] for line in lines(digilab("models", "key", "list").out)] == ["署名用", "信頼"]


def test_a_machine_that_only_packs_needs_no_house_and_gets_none(digilab: Command, tmp_path: Path, models: Path) -> None:
    digilab("models", "import", a_model(tmp_path / "tiny"))
    digilab("models", "remove", "tiny")
    assert {path.name for path in models.parent.iterdir()} == {"models"}
