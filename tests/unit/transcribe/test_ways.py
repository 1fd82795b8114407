"""Which device, number format and batch a machine's memory gives; and what its troubles look like."""

from pathlib import Path

import pytest

from servers.card import card
from transcribe import ways
from transcribe.errors import ModelBrokenError
from transcribe.memory import Size, free_memory, model_size
from transcribe.model import Decoding, Device
from transcribe.troubles import Trouble, trouble
from transcribe.ways import Demand, Way, way_on_cpu, ways_on

LARGE = Size(1_543_000_000, 1280, 5120, 20, 32, 51_866)
"""large-v3."""
TURBO = Size(809_000_000, 1280, 5120, 20, 4, 51_866)
SMALL = Size(242_000_000, 768, 3072, 12, 12, 51_865)
MIB = 1 << 20


def on(free: float, size: Size = LARGE, demand: Demand = Demand()) -> list[tuple[str, int]]:
    """Formats and batches on a card with so many GiB free."""
    return [(way.device.compute_type, way.batch_size) for way in ways_on(card(free), size, Decoding(), demand)]


@pytest.mark.parametrize(
    ("free", "best"),
    [
        (24, ("float16", 16)),
        (12, ("float16", 8)),
        (8, ("float16", 4)),
        (6, ("float16", 2)),
        (5, ("int8_float16", 4)),
        (4, ("int8_float16", 2)),
    ],
)
def test_the_less_memory_a_card_has_free_the_fewer_clips_and_then_the_coarser_the_numbers(
    free: float, best: tuple[str, int]
) -> None:
    assert on(free)[0] == best


def test_a_card_that_is_too_small_for_one_clip_offers_no_way() -> None:
    assert on(2) == []
    assert on(0) == []


def test_a_smaller_model_reads_more_at_a_time() -> None:
    assert dict(on(3, SMALL))["int8_float16"] > dict(on(3, TURBO))["int8_float16"] >= 1


def test_an_older_card_gets_the_formats_that_it_knows() -> None:
    pascal = card(24, formats=("float32", "int8", "int8_float32"))
    assert [way.device.compute_type for way in ways_on(pascal, SMALL, Decoding(), Demand())] == ["int8_float32"]


def test_what_is_asked_for_goes_first_where_the_device_knows_it() -> None:
    assert on(24, demand=Demand(compute_type="float32", batch_size=5)) == [("float32", 5)]
    assert on(24, demand=Demand(compute_type="int16"))[0] == ("float16", 16)


def test_a_card_that_does_not_say_what_is_free_gets_a_usual_batch() -> None:
    silent = card()
    silent = type(silent)(0, "GPU-0", "", None, None, silent.compute_types)
    assert ways_on(silent, LARGE, Decoding(), Demand())[0] == Way(Device("cuda", "float16"), 8, silent)


@pytest.mark.parametrize(("gib", "sharers", "batch"), [(32, 1, 16), (32, 4, 16), (8, 4, 4), (2, 4, 1), (0.1, 1, 1)])
def test_workers_share_the_machines_memory(
    gib: float, sharers: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "free_memory", lambda: int(gib * 1024) * MIB)
    way = way_on_cpu(SMALL, Decoding(), Demand(sharers=sharers))
    assert way == Way(Device("cpu", "int8"), batch)


def test_a_model_tells_its_size_by_the_shapes_in_its_file() -> None:
    demo = Path(__file__).parents[3] / "models" / "demo" / "model.bin"
    size = model_size(demo)
    assert size.width == 128
    assert size.heads == 2
    assert size.vocabulary > 2000
    assert abs(size.parameters - demo.stat().st_size) < size.parameters, "int8: about a byte each"


@pytest.mark.parametrize(
    "content", [b"", b"no model at all", b"\x06\x00\x00\x00\x0c\x00WhisperSpec\x00\x03\x00\x00\x00\xff\xff\xff\xff"]
)
def test_a_file_that_is_no_model_is_said_to_be_broken(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(content)
    with pytest.raises(ModelBrokenError):
        model_size(file)


# --- the machine's memory -------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path) -> tuple[Path, Path]:
    """A machine with 8000 MiB free, in no control group."""
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    groups.mkdir()
    (proc / "meminfo").write_text(f"MemTotal: 9999999 kB\nMemAvailable: {8000 * 1024} kB\n")
    (proc / "self" / "cgroup").write_text("0::/\n")
    return proc, groups


def test_free_memory_is_what_the_machine_has_available(machine: tuple[Path, Path]) -> None:
    assert free_memory(*machine) == 8000 * MIB


def test_a_containers_limit_counts_where_it_is_lower(machine: tuple[Path, Path]) -> None:
    proc, groups = machine
    (proc / "self" / "cgroup").write_text("0::/house/worker\n")
    inner = groups / "house" / "worker"
    inner.mkdir(parents=True)
    for folder, limit in ((inner, "max"), (inner.parent, str(2000 * MIB))):
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{1500 * MIB}\n")
        (folder / "memory.stat").write_text(f"anon 1\ninactive_file {300 * MIB}\n")
    assert free_memory(proc, groups) == 800 * MIB


def test_a_limit_of_the_older_control_groups_counts_too(machine: tuple[Path, Path]) -> None:
    proc, groups = machine
    (proc / "self" / "cgroup").write_text("4:memory:/docker/not-seen-in-here\n1:cpu:/\n0::/\n")
    memory = groups / "memory"
    memory.mkdir()
    (memory / "memory.limit_in_bytes").write_text(str(1000 * MIB))
    (memory / "memory.usage_in_bytes").write_text(str(400 * MIB))
    (memory / "memory.stat").write_text("total_inactive_file 0\n")
    assert free_memory(proc, groups) == 600 * MIB


def test_a_machine_that_says_nothing_is_not_guessed_at(tmp_path: Path) -> None:
    assert free_memory(tmp_path, tmp_path) is None


# --- troubles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        MemoryError("std::bad_alloc"),
        RuntimeError("CUDA failed with error out of memory"),
        RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"),
        RuntimeError("mkl_malloc: failed to allocate memory"),
        RuntimeError("aligned_alloc: failed to allocate memory"),
        RuntimeError("failed to allocated memory"),
        RuntimeError("for_each: failed to synchronize: cudaErrorMemoryAllocation: out of memory"),
    ],
)
def test_too_little_memory_is_known_by_its_words(error: Exception) -> None:
    assert trouble(error) is Trouble.MEMORY


@pytest.mark.parametrize(
    "says",
    [
        "CUDA failed with error unspecified launch failure",
        "CUDA failed with error an illegal memory access was encountered",
        "CUDA failed with error no CUDA-capable device is detected",
        "CUDA failed with error uncorrectable ECC error encountered",
        "CUDA failed with error CUDA-capable device(s) is/are busy or unavailable",
        "CUDA failed with error CUDA driver version is insufficient for CUDA runtime version",
        "cuBLAS failed with status CUBLAS_STATUS_EXECUTION_FAILED",
        "cuDNN failed with status CUDNN_STATUS_INTERNAL_ERROR",
        "Library libcublas.so.12 is not found or cannot be loaded",
        "parallel_for failed: cudaErrorLaunchFailure: unspecified launch failure",
    ],
)
def test_a_lost_card_is_known_by_its_words(says: str) -> None:
    assert trouble(RuntimeError(says)) is Trouble.DEVICE


@pytest.mark.parametrize(
    "error", [KeyError("CUDA"), RuntimeError("Invalid input features shape"), ValueError("no such language")]
)
def test_other_errors_are_none_of_the_machines(error: Exception) -> None:
    assert trouble(error) is None
