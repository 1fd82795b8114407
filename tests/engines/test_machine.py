"""Any machine: the same text however little fits, a card that fails in every known way, and one process at a time on a card.

No card is needed: it is the CPU that computes, while the errors are those that CTranslate2 gives (see servers/card.py).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import transcribe.place
import transcribe.warm
from bad import audio as made
from servers.card import OUT_OF_MEMORY, BrokenCard, card
from transcribe.cards import Turn
from transcribe.decoding import Reading, Settings
from transcribe.engine import Transcriber
from transcribe.errors import CardTakenError, MemoryShortError, sentence
from transcribe.model import Device
from transcribe.packing import pack
from transcribe.speech import cut
from transcribe.stretch import Span
from transcribe.warm import WarmModel

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "demo"
CPU = Device("cpu", "int8")
Sounds = list[NDArray[np.float32]]


@pytest.fixture(scope="module")
def settings() -> Settings:
    decoding = WarmModel(MODEL).model.decoding
    return Settings(decoding.beam_size, 0.0, decoding.window_seconds, marks=True, words=True)


@pytest.fixture(scope="module")
def sounds(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    """A recording as clips, and the beginnings of some: clips of many lengths."""
    sound = made.speech(ROOT / "samples" / "speech")
    found: Sounds = []
    for one in cut(made.write(tmp_path_factory.mktemp("rec") / "rec.wav", sound), target_seconds=100, most_seconds=150):
        spans = [Span(span.start - one.sound_start, span.end - one.sound_start) for span in one.heard]
        found += [clip.sound(one.samples) for clip in pack(spans, one.samples, settings.window_seconds)]
    return [*found, *(clip[: 16_000 * seconds] for seconds, clip in enumerate(found[:6], start=1))]


@pytest.fixture(scope="module")
def text(sounds: Sounds, settings: Settings) -> list[Reading]:
    """What the CPU reads, one clip after the other."""
    with WarmModel(MODEL, device="cpu", batch_size=1) as model:
        return model.read(sounds, settings)


@pytest.fixture(autouse=True)
def sound_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test inherits a lost card."""
    monkeypatch.setattr(transcribe.place, "_lost", False)


def codes(model: WarmModel) -> list[str]:
    """What it notes; each code has its sentence in both languages."""
    notes = model.notes()
    for note in notes:
        for language in ("ja", "en"):
            assert sentence(f"note-{note.code}", language, dict(note.evidence))
    return [note.code for note in notes]


# --- the CPU --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [2, 16, None])
def test_the_text_is_the_same_to_the_last_digit_whatever_the_batch_falls_out_to_be(
    batch_size: int | None, sounds: Sounds, settings: Settings, text: list[Reading]
) -> None:
    with WarmModel(MODEL, device="cpu", batch_size=batch_size) as model:
        assert model.read(sounds, settings) == text
        assert model.device == CPU
        assert model.notes() == ()
        assert 1 <= model.batch_size <= 16


def test_minutes_with_their_second_pass_and_certificate_are_the_same_bytes_whatever_the_batch(tmp_path: Path) -> None:
    """Over speech in noise, where places are doubted and read again."""
    speech = made.speech(ROOT / "samples" / "speech").astype(np.float64)
    noise = np.random.default_rng(7).normal(0, 900, len(speech))
    loud = np.clip(speech * 0.5 + noise, -32768, 32767).astype(np.int16)
    (one,) = cut(made.write(tmp_path / "rec.wav", loud), target_seconds=100, most_seconds=150)
    found = set()
    for batch_size in (1, 3, 16):
        with Transcriber(MODEL, device="cpu", batch_size=batch_size) as engine:
            found.add(engine.transcribe(one.samples, one.heard, one.sound_start).to_json())
    assert len(found) == 1
    assert '"again": true' in found.pop()


def test_a_model_that_was_freed_gives_its_memory_back_and_reads_again(
    sounds: Sounds, settings: Settings, text: list[Reading]
) -> None:
    model = WarmModel(MODEL, device="cpu", batch_size=16)
    assert not model.loaded
    assert model.read(sounds, settings) == text
    assert model.loaded
    before = resident()
    model.unload()
    assert not model.loaded
    assert resident() < before
    assert model.read(sounds[:1], settings) == text[:1]
    model.unload()


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_memory_that_the_system_refuses_makes_the_batch_smaller(
    sounds: Sounds, settings: Settings, text: list[Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    with WarmModel(MODEL, device="cpu", batch_size=16) as model:
        refuse_above(monkeypatch, 4)
        assert model.read(sounds, settings) == text
        assert 1 < model.batch_size <= 4
        assert set(codes(model)) == {"smaller-batch"}
        assert codes(model) == []


def test_a_machine_without_room_for_a_single_clip_says_so_and_keeps_nothing(
    sounds: Sounds, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WarmModel(MODEL, device="cpu", batch_size=2) as model:
        refuse_above(monkeypatch, 0)
        with pytest.raises(MemoryShortError) as caught:
            model.read(sounds, settings)
        assert not model.loaded
    assert str(MODEL) in caught.value.sentence("ja")


_SHORT = """
import resource, sys
from pathlib import Path
import numpy as np
from transcribe.decoding import Settings
from transcribe.errors import MemoryShortError
from transcribe.warm import WarmModel
model = WarmModel(Path(sys.argv[1]), device="cpu", batch_size=16)
settings = Settings(5, 0.0, model.model.decoding.window_seconds, True, True)
sounds = list(np.random.default_rng(1).normal(0, 0.05, (16, 160_000)).astype(np.float32))
model.read(sounds[:1], settings)
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (3 << 20),) * 2)
try:
    print(len(model.read(sounds, settings)), *{note.code for note in model.notes()})
except MemoryShortError:
    print("16 smaller-batch" if model.notes() else "nothing was tried")
"""


def test_memory_that_the_system_really_refuses_ends_in_fewer_clips_or_in_words_never_in_a_crash() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", _SHORT, str(MODEL)], capture_output=True, text=True, check=False)
    assert done.stdout == "16 smaller-batch\n", done.stderr


def refuse_above(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """As CTranslate2 reports it on the CPU."""
    decode = transcribe.warm.BatchDecoder.read

    def read(self: transcribe.warm.BatchDecoder, sounds: Sounds, settings: Settings) -> list[Reading]:
        if len(sounds) > most:
            raise RuntimeError("mkl_malloc: failed to allocate memory")
        return decode(self, sounds, settings)

    monkeypatch.setattr(transcribe.warm.BatchDecoder, "read", read)


def test_what_is_no_trouble_of_the_machine_is_not_hidden(sounds: Sounds, settings: Settings) -> None:
    broken = BrokenCard(lost_from=1, says="Invalid input features shape: expected an input with shape (1, 80, 3000)")
    with on(broken) as model, pytest.raises(RuntimeError, match="Invalid input features"):
        model.read(sounds, settings)


# --- a card that fails (F22) ----------------------------------------------------------------------------


def on(broken: BrokenCard, free: float = 24, **more: object) -> WarmModel:
    return WarmModel(MODEL, load=broken.load, find_cards=lambda: (card(free),), **more)  # type: ignore[arg-type] - any of its keywords


def test_a_card_out_of_memory_goes_on_with_smaller_batches(
    sounds: Sounds, settings: Settings, text: list[Reading]
) -> None:
    with on(BrokenCard({"float16": 3})) as model:
        assert model.batch_size == 16
        assert model.read(sounds, settings) == text
        assert model.device == Device("cuda", "float16")
        assert model.batch_size <= 3
        assert set(codes(model)) == {"smaller-batch"}


def test_a_card_without_room_for_float16_computes_in_int8(
    sounds: Sounds, settings: Settings, text: list[Reading]
) -> None:
    with on(BrokenCard({"float16": 0, "int8_float16": 8})) as model:
        assert model.device == Device("cuda", "int8_float16")
        assert model.read(sounds, settings) == text
        assert codes(model) == ["smaller-batch", "coarser-numbers"]
        assert codes(model) == ["coarser-numbers"], "it holds for every text that is read so"


def test_a_card_without_room_for_one_clip_leaves_it_to_the_cpu(
    sounds: Sounds, settings: Settings, text: list[Reading], tmp_path: Path
) -> None:
    formats = ("float16", "int8_float16")
    broken = BrokenCard(dict.fromkeys(("float16", "int8_float16", "int8_float32", "float32"), 0))
    there = card(formats=formats)
    with WarmModel(MODEL, turns=tmp_path, load=broken.load, find_cards=lambda: (there,)) as model:
        assert model.read(sounds, settings) == text
        assert model.device == CPU
        assert codes(model) == ["cpu-no-memory"]
        assert [one.compute_type for one in broken.loaded] == ["float16", "int8_float16", "int8"]
        turn = Turn.take(tmp_path, there)
        assert turn is not None, "a card that is not used is nobody's"
        turn.give_back()


def test_a_card_that_had_no_room_is_tried_again_after_a_while(
    sounds: Sounds, settings: Settings, text: list[Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = BrokenCard(loads_not=OUT_OF_MEMORY)
    with on(broken) as model:
        assert model.device == CPU
        broken.loads_not = ""
        model.read(sounds[:1], settings)
        assert model.device == CPU
        monkeypatch.setattr(transcribe.warm, "CARD_AGAIN_SECONDS", -1.0)
        assert model.read(sounds, settings) == text
        assert model.device.name == "cuda"


def test_a_lost_driver_in_the_middle_leaves_the_rest_to_the_cpu(
    sounds: Sounds, settings: Settings, text: list[Reading]
) -> None:
    with on(BrokenCard(lost_from=2), batch_size=4) as model:
        assert model.read(sounds, settings) == text
        assert model.device == CPU
        assert codes(model) == ["cpu-card-lost"]
    with on(BrokenCard()) as model:
        assert model.device == CPU, "CUDA does not come back in this process"
        assert codes(model) == ["cpu-card-lost"]


def test_a_card_whose_libraries_are_missing_is_passed_over() -> None:
    with on(BrokenCard(loads_not="Library libcublas.so.12 is not found or cannot be loaded")) as model:
        assert model.device == CPU
        assert codes(model) == ["cpu-card-lost"]


@pytest.mark.parametrize(
    ("free", "device", "code"),
    [(24, Device("cuda", "float16"), []), (0.5, CPU, ["cpu-no-memory"])],
)
def test_a_card_is_chosen_by_its_free_memory(free: float, device: Device, code: list[str]) -> None:
    with on(BrokenCard(), free) as model:
        assert model.device == device
        assert codes(model) == code


def test_a_card_that_is_asked_for_and_is_not_there_is_missed_aloud() -> None:
    with WarmModel(MODEL, device="cuda", find_cards=lambda: ()) as model:
        assert model.device == CPU
        assert codes(model) == ["cpu-no-card"]
    with WarmModel(MODEL, device="auto", find_cards=lambda: ()) as model:
        assert codes(model) == []


# --- one process at a time on a card --------------------------------------------------------------------

_OTHER = """
import sys
from pathlib import Path
from servers.card import BrokenCard, card
from transcribe.decoding import Settings
from transcribe.warm import WarmModel
import numpy as np
model, turns, kills = sys.argv[1:]
broken = BrokenCard(kills_from=1 if kills else 10**9)
with WarmModel(Path(model), turns=Path(turns), load=broken.load, find_cards=lambda: (card(),)) as warm:
    print(warm.device.name, flush=True)
    if kills:
        warm.read([np.zeros(16000, np.float32)], Settings(1, 0.0, 10.0, True, False))
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts further processes that load the model onto the same card."""
    started: list[subprocess.Popen[str]] = []

    def start(*, kills: bool = False) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _OTHER, str(MODEL), str(tmp_path), "kills" if kills else ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "cuda\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def test_two_processes_never_hold_two_models_on_one_card(
    other: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    holder = other()
    mine = on(BrokenCard(), turns=tmp_path)
    with pytest.raises(CardTakenError):
        mine.__enter__()
    assert not mine.loaded
    with on(BrokenCard(), turns=tmp_path, beside_card=True) as beside:
        assert beside.device == CPU
        assert codes(beside) == ["cpu-card-taken"]
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with mine:
        assert mine.device.name == "cuda"
        with pytest.raises(CardTakenError):
            on(BrokenCard(), turns=tmp_path).__enter__()
        mine.unload()
        with on(BrokenCard(), turns=tmp_path) as next_one:
            assert next_one.device.name == "cuda"


def test_of_two_cards_each_process_takes_one(tmp_path: Path) -> None:
    there = (card(8, identity="GPU-a"), card(16, identity="GPU-b", index=1))
    models = [WarmModel(MODEL, turns=tmp_path, load=BrokenCard().load, find_cards=lambda: there) for _ in range(3)]
    with models[0], models[1]:
        assert [model.device.index for model in models[:2]] == [1, 0]
        with pytest.raises(CardTakenError):
            models[2].__enter__()


def test_a_card_that_ends_its_users_processes_is_left_alone(
    other: Callable[..., subprocess.Popen[str]], tmp_path: Path, sounds: Sounds, settings: Settings, text: list[Reading]
) -> None:
    """A driver that is lost makes CTranslate2's destructors fail, and that ends the process (SIGABRT) before anything can be told."""
    assert other(kills=True).wait() == -signal.SIGABRT
    with on(BrokenCard(), turns=tmp_path) as model:
        assert model.device.name == "cuda", "once may be chance"
    assert other(kills=True).wait() == -signal.SIGABRT
    with on(BrokenCard(), turns=tmp_path) as model:
        assert model.read(sounds, settings) == text
        assert model.device == CPU
        assert codes(model) == ["cpu-card-died"]
