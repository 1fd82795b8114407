"""What every recogniser keeps to. The same file runs in both environments: rapidocr in .venv, paddleocr in .venv-paddle.

In .venv-paddle the model file comes by the variable RECOGNISER_MODEL, as the package that holds it is not there
(`test_paddle_environment` starts that run).
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image, ImageDraw, ImageFont

from ocr.engine import open_recogniser
from ocr.engine.contract import Picture, Recogniser
from ocr.engine.decode import decode
from ocr.engine.folder import description
from ocr.engine.rapid import shipped_model
from ocr.errors import EngineUnknownError, ModelBrokenError, ModelError, ModelMissingError

HAS_PADDLE = importlib.util.find_spec("paddleocr") is not None
MEMBERS = ["paddleocr-onnx", "paddleocr-native"] if HAS_PADDLE else ["rapidocr"]
READERS = [name for name in MEMBERS if name != "paddleocr-native"]
"""The native model of these tests is a random one: it keeps to the contract but cannot read."""

LINES = ["東京都千代田区丸の内", "〒100-0005", "1234567", "¥1,234,500", "ヤマダ タロウ", "令和8年11月21日", "髙橋 一郎"]
FONTS = ["Noto Sans CJK JP", "Noto Serif CJK JP"]


@cache
def font(family: str) -> ImageFont.FreeTypeFont:
    found = subprocess.run(
        ["fc-match", "--format", "%{file}|%{index}", f"{family}:style=Regular"],
        check=True,
        capture_output=True,
        text=True,
    )
    file, index = found.stdout.split("|")
    return ImageFont.truetype(file, 40, int(index))


def line(text: str, family: str = FONTS[0]) -> Picture:
    """A printed line, black on white, as a crop of a scan shows it."""
    width = round(font(family).getlength(text)) + 16
    image = Image.new("RGB", (width, 60), "white")
    ImageDraw.Draw(image).text((8, 0), text, font=font(family), fill="black")
    return np.asarray(image)[:, :, ::-1].copy()


def describe(folder: Path, characters: list[str]) -> None:
    """`inference.yml` as PaddleOCR exports it, in the parts that its loader reads."""
    description = {
        "Global": {"model_name": "PP-OCRv6_small_rec"},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": characters},
    }
    (folder / "inference.yml").write_text(yaml.safe_dump(description, allow_unicode=True), encoding="utf-8")


@pytest.fixture(scope="session")
def onnx_file() -> Path:
    """PP-OCRv6 small from the rapidocr package."""
    given = os.environ.get("RECOGNISER_MODEL")
    return Path(given) if given else shipped_model()


@pytest.fixture(scope="session")
def onnx_folder(tmp_path_factory: pytest.TempPathFactory, onnx_file: Path) -> Path:
    """The same model as a folder that PaddleOCR would export."""
    folder = tmp_path_factory.mktemp("onnx")
    (folder / "inference.onnx").symlink_to(onnx_file)
    with open_recogniser("rapidocr", onnx_file) as recogniser:
        describe(folder, list(recogniser.characters[1:-1]))
    return folder


@pytest.fixture(scope="session")
def native_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model in paddle's own format, as PaddleOCR exports it."""
    import paddle

    class Tiny(paddle.nn.Layer):  # type: ignore[misc]  # paddle is not there when mypy runs
        def __init__(self) -> None:
            super().__init__()
            self.convolution = paddle.nn.Conv2D(3, 8, (48, 8), stride=(48, 8))
            self.classes = paddle.nn.Linear(8, 12)

        def forward(self, x):  # type: ignore[no-untyped-def]  # traced by paddle
            steps = self.convolution(x).squeeze(2).transpose([0, 2, 1])
            return paddle.nn.functional.softmax(self.classes(steps), axis=-1)

    folder = tmp_path_factory.mktemp("native")
    paddle.seed(1)
    model = Tiny()
    model.eval()
    shape = paddle.static.InputSpec([None, 3, 48, None], "float32", name="x")
    paddle.jit.save(model, str(folder / "inference"), input_spec=[shape])
    describe(folder, list("0123456789"))
    return folder


@pytest.fixture(scope="session")
def opener(request: pytest.FixtureRequest, onnx_file: Path) -> Callable[..., Recogniser]:
    """`open_recogniser` by the member's name in these tests."""

    def opens(member: str, threads: int = 1) -> Recogniser:
        if member == "rapidocr":
            return open_recogniser("rapidocr", onnx_file, threads)
        folder: Path = request.getfixturevalue("onnx_folder" if member == "paddleocr-onnx" else "native_folder")
        return open_recogniser("paddleocr", folder, threads)

    return opens


@pytest.fixture(scope="module", params=MEMBERS)
def recogniser(request: pytest.FixtureRequest, opener: Callable[..., Recogniser]) -> Iterator[Recogniser]:
    with opener(request.param) as opened:
        yield opened


@pytest.fixture(scope="module", params=READERS)
def reader(request: pytest.FixtureRequest, opener: Callable[..., Recogniser]) -> Iterator[Recogniser]:
    with opener(request.param) as opened:
        yield opened


# --- reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FONTS)
@pytest.mark.parametrize("text", LINES)
def test_a_printed_line_is_read(reader: Recogniser, text: str, family: str) -> None:
    read = decode(reader.probabilities(line(text, family)), reader.characters, frozenset("".join(LINES)))
    assert read.text.replace(" ", "") == text.replace(" ", "")


def test_rapidocr_and_a_folder_of_paddleocr_give_the_same_probabilities(
    opener: Callable[..., Recogniser], reader: Recogniser
) -> None:
    with opener("rapidocr") as other:
        assert tuple(other.characters) == tuple(reader.characters)
        for text in LINES:
            crop = line(text)
            np.testing.assert_allclose(reader.probabilities(crop), other.probabilities(crop), atol=1e-5)


def test_a_line_depends_on_itself_alone(recogniser: Recogniser) -> None:
    first = recogniser.probabilities(line("1234567"))
    recogniser.probabilities(line("東京都千代田区丸の内一丁目"))
    recogniser.probabilities(line("1"))
    np.testing.assert_array_equal(recogniser.probabilities(line("1234567")), first)


def test_the_number_of_threads_changes_no_reading(opener: Callable[..., Recogniser], reader: Recogniser) -> None:
    member = "rapidocr" if reader.name.startswith("rapidocr") else "paddleocr-onnx"
    crop = line("ヤマダ タロウ")
    with opener(member, threads=2) as other:
        np.testing.assert_allclose(other.probabilities(crop), reader.probabilities(crop), atol=1e-4)


@pytest.mark.parametrize("member", READERS)
def test_no_more_threads_run_than_were_asked_for(opener: Callable[..., Recogniser], member: str) -> None:
    def running() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    with opener(member):
        before = running()
        with opener(member) as alone:
            alone.probabilities(line("1234567"))
            assert running() == before
        with opener(member, threads=3) as three:
            three.probabilities(line("1234567"))
            assert running() == before + 2


# --- shape ------------------------------------------------------------------------------------------------


def test_the_blank_comes_first_and_a_space_is_a_character(recogniser: Recogniser) -> None:
    assert recogniser.characters[0] == ""
    assert recogniser.characters.count(" ") == 1
    assert all(len(character) >= 1 for character in recogniser.characters[1:])


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (48, 96), (60, 333), (2000, 2600)])
def test_every_step_is_a_distribution_over_the_characters(recogniser: Recogniser, size: tuple[int, int]) -> None:
    crop = np.random.default_rng(1).integers(0, 255, (*size, 3)).astype(np.uint8)
    probabilities = recogniser.probabilities(crop)
    assert probabilities.dtype == np.float32
    assert probabilities.ndim == 2
    assert probabilities.shape[0] > 0
    assert probabilities.shape[1] == len(recogniser.characters)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-3)


def test_a_wider_crop_has_more_steps(recogniser: Recogniser) -> None:
    steps = [len(recogniser.probabilities(np.full((48, width, 3), 255, np.uint8))) for width in (96, 200, 400, 800)]
    assert steps == sorted(set(steps))


@pytest.mark.parametrize("size", [(0, 0), (0, 40), (40, 0)])
def test_a_crop_without_pixels_has_no_steps_and_reads_as_nothing(recogniser: Recogniser, size: tuple[int, int]) -> None:
    probabilities = recogniser.probabilities(np.zeros((*size, 3), np.uint8))
    assert probabilities.shape == (0, len(recogniser.characters))
    assert decode(probabilities, recogniser.characters, None).text == ""


def test_a_crop_of_any_size_is_read_within_bounds(recogniser: Recogniser) -> None:
    assert len(recogniser.probabilities(np.full((60, 30_000, 3), 255, np.uint8))) <= 400


def test_white_paper_reads_as_nothing(reader: Recogniser) -> None:
    crop = np.full((60, 300, 3), 255, np.uint8)
    assert decode(reader.probabilities(crop), reader.characters, None).text == ""


def test_a_recogniser_can_be_opened_again(opener: Callable[..., Recogniser]) -> None:
    crop = line("1234567")
    recogniser = opener(MEMBERS[0])
    with recogniser:
        first = recogniser.probabilities(crop)
    with recogniser:
        np.testing.assert_array_equal(recogniser.probabilities(crop), first)


def test_its_name_says_which_model_read(recogniser: Recogniser) -> None:
    engine, _, model = recogniser.name.partition(" ")
    assert engine in {"rapidocr", "paddleocr"}
    assert model in {"PP-OCRv6_rec_small", "PP-OCRv6_small_rec"}


# --- what is missing or broken ----------------------------------------------------------------------------


def says(error: ModelError, words: str) -> bool:
    return all(words in error.sentence(language) for language in ("ja", "en"))


def test_a_recogniser_that_does_not_exist_is_named(onnx_file: Path) -> None:
    with pytest.raises(EngineUnknownError) as refused:
        open_recogniser("telepathy", onnx_file)
    assert says(refused.value, "telepathy")
    assert says(refused.value, "rapidocr, paddleocr")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    lost = tmp_path / "lost.onnx"
    with pytest.raises(ModelMissingError) as refused, open_recogniser("rapidocr", lost):
        raise AssertionError
    assert says(refused.value, str(lost))


@pytest.mark.parametrize("length", [0, 1000, -1000])
def test_a_damaged_file_is_named(tmp_path: Path, onnx_file: Path, length: int) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(onnx_file.read_bytes()[:length])
    with pytest.raises(ModelBrokenError) as refused, open_recogniser("rapidocr", damaged):
        raise AssertionError
    assert says(refused.value, str(damaged))


def test_a_file_without_its_dictionary_is_named(tmp_path: Path, onnx_file: Path) -> None:
    bare = tmp_path / "bare.onnx"
    bare.write_bytes(onnx_file.read_bytes().replace(b"character", b"ch4racter"))
    with pytest.raises(ModelBrokenError) as refused, open_recogniser("rapidocr", bare):
        raise AssertionError
    assert says(refused.value, str(bare))


@pytest.mark.parametrize("engine", sorted({name.partition("-")[0] for name in MEMBERS}))
def test_a_dictionary_of_another_model_is_told(tmp_path: Path, onnx_file: Path, engine: str) -> None:
    other = onnx_file.read_bytes().replace(b"character", b"ch4racter")
    (tmp_path / "inference.onnx").write_bytes(other)
    describe(tmp_path, ["あ", "い"])
    with pytest.raises(ModelBrokenError) as refused, open_recogniser(engine, tmp_path):
        raise AssertionError
    assert refused.value.evidence["reason"] == "18710 classes, 4 characters"


def test_rapidocr_reads_with_a_folder_of_paddleocr_too(tmp_path: Path, onnx_folder: Path, onnx_file: Path) -> None:
    (tmp_path / "inference.onnx").write_bytes(onnx_file.read_bytes().replace(b"character", b"ch4racter"))
    (tmp_path / "inference.yml").symlink_to(onnx_folder / "inference.yml")
    with open_recogniser("rapidocr", onnx_file) as own, open_recogniser("rapidocr", tmp_path) as folder:
        assert tuple(folder.characters) == tuple(own.characters)
        np.testing.assert_array_equal(folder.probabilities(line("1234567")), own.probabilities(line("1234567")))


def test_no_folder_is_no_reason_to_download_one() -> None:
    with pytest.raises(ModelMissingError), open_recogniser("paddleocr", None):
        raise AssertionError


@pytest.mark.parametrize("lost", [".", "inference.yml", "inference.onnx"])
def test_what_a_folder_lacks_is_named(tmp_path: Path, onnx_folder: Path, lost: str) -> None:
    folder = tmp_path / "model"
    if lost != ".":
        folder.mkdir()
        for file in onnx_folder.iterdir():
            if file.name != lost:
                (folder / file.name).symlink_to(file)
    with pytest.raises(ModelMissingError) as refused, open_recogniser("paddleocr", folder):
        raise AssertionError
    assert says(refused.value, str(folder / lost))


@pytest.mark.parametrize("text", ["", "[1, 2", "just words", "Global: {model_name: x}", "\x00"])
def test_a_description_that_describes_nothing_is_named(tmp_path: Path, onnx_folder: Path, text: str) -> None:
    (tmp_path / "inference.onnx").symlink_to(onnx_folder / "inference.onnx")
    (tmp_path / "inference.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelBrokenError) as refused, open_recogniser("paddleocr", tmp_path):
        raise AssertionError
    assert says(refused.value, "inference.yml")


def test_characters_that_yaml_takes_for_something_else_are_read_as_written(tmp_path: Path) -> None:
    text = """
Global: {model_name: x}
PreProcess: {transform_ops: [{RecResizeImg: {image_shape: [3, 48, 320]}}]}
PostProcess:
  character_dict:
  - ~
  - 0
  - y
  - =
"""
    (tmp_path / "inference.yml").write_text(text, encoding="utf-8")
    found = description(tmp_path)
    assert (found.characters, found.height) == (("", "~", "0", "y", "=", " "), 48)
    (tmp_path / "inference.yml").write_text(text + "  - #\n", encoding="utf-8")
    with pytest.raises(ModelBrokenError):
        description(tmp_path)


# --- the network ------------------------------------------------------------------------------------------

READ_OFFLINE = """
import sys
from pathlib import Path

tried = []

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"}:
        tried.append((event, arguments[-1]))
        raise PermissionError(event)

sys.addaudithook(watch)

import numpy as np
from ocr.engine import open_recogniser

name, model = sys.argv[1:]
with open_recogniser(name, Path(model)) as recogniser:
    steps = len(recogniser.probabilities(np.full((48, 96, 3), 255, np.uint8)))
print(f"steps {steps}, tried {tried}, rapidocr {'rapidocr' in sys.modules}")
"""


@pytest.fixture(scope="session")
def cut_off() -> list[str]:
    """Words before a command that take its network away, where the system lets us; sockets are watched in any case."""
    words = ["unshare", "--map-root-user", "--net"]
    try:
        allowed = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return []
    return words if allowed else []


@pytest.mark.parametrize("member", MEMBERS)
def test_a_model_is_opened_and_read_with_without_a_word_on_the_network(
    request: pytest.FixtureRequest, member: str, cut_off: list[str], tmp_path: Path
) -> None:
    fixture = {"rapidocr": "onnx_file", "paddleocr-onnx": "onnx_folder", "paddleocr-native": "native_folder"}[member]
    model = request.getfixturevalue(fixture)
    home = tmp_path / "home"
    home.mkdir()
    outcome = subprocess.run(
        [*cut_off, sys.executable, "-c", READ_OFFLINE, member.partition("-")[0], str(model)],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.splitlines()[-1] == "steps 12, tried [], rapidocr False"
    # onnxruntime with its reports on leaves a device's number here, paddlex its cache.
    left = {path.relative_to(home).parts[:2] for path in home.rglob("*")}
    assert left <= ({(".cache",), (".cache", "paddle")} if member == "paddleocr-native" else set())
