"""What a model folder says of how it wants to be read, and what it cannot mean."""

from pathlib import Path

import pytest

from transcribe.errors import ModelBrokenError
from transcribe.model import Decoding, open_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_what_a_folder_does_not_say_is_as_usual_and_what_nobody_knows_is_left_alone(folder: Path) -> None:
    assert open_model(folder).decoding == Decoding()
    (folder / "decoding.json").write_text('{"window_seconds": 10, "beam_size": 1, "doubtful": 1, "of_later": {}}')
    assert open_model(folder).decoding == Decoding(window_seconds=10.0, beam_size=1, doubtful=1.0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"window_seconds": "10"}', "window_seconds"),
        ('{"doubtful": null}', "doubtful"),
        ('{"beam_size": 2.5}', "beam_size"),
        ('{"beam_size": true}', "beam_size"),
        ('{"temperature": [0.0, 0.2]}', "temperature"),
        ('{"temperature": -1.0}', "temperature"),
        ('{"hotwords": "no"}', "hotwords"),
        ('{"language": null}', "language"),
        ('{"window_seconds": 300}', "window_seconds"),
        ('{"window_seconds": NaN}', "window_seconds"),
        ("[]", ""),
        ("{", ""),
    ],
)
def test_settings_that_cannot_be_meant_are_named(folder: Path, text: str, named: str) -> None:
    (folder / "decoding.json").write_text(text)
    with pytest.raises(ModelBrokenError) as caught:
        open_model(folder)
    assert named in str(caught.value.evidence["reason"])
    assert "decoding.json" in caught.value.sentence()


def test_settings_that_cannot_be_read_are_a_broken_model(folder: Path) -> None:
    (folder / "decoding.json").symlink_to("/proc/self/mem")  # a file that opens and gives nothing, for root, too
    with pytest.raises(ModelBrokenError):
        open_model(folder)
