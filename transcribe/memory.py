"""How much memory this process may still take, and how much a model and one clip want."""

import ctypes
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from transcribe.errors import ModelBrokenError

_NO_LIMIT = 1 << 60
"""Control groups write 2^63, rounded to pages, for `no limit`."""

_BYTES = {"float32": 4.0, "float16": 2.0, "bfloat16": 2.0, "int16": 2.0}
_TOKENS = 300
"""Of 30 seconds of quick speech. The window holds 448, and text that runs in circles fills them: then the way down is `warm`'s."""

_FRAMES_PER_SECOND = 50


def free_memory(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that this process can take without driving others out: the machine's, or its control group's where that is less.

    None where nothing says it.
    """
    rooms = [room for room in (_of_machine(proc / "meminfo"), *_of_groups(proc, cgroups)) if room is not None]
    return max(0, min(rooms)) if rooms else None


def _of_machine(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _of_groups(proc: Path, cgroups: Path) -> Iterator[int | None]:
    """Of every control group that this process is in, up to the root. In a container the path may be the host's: the root then counts."""
    try:
        lines = (proc / "self" / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base, limit, used = cgroups, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            base, limit, used = cgroups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        folder = base / path.lstrip("/")
        while True:
            yield _of_group(folder, limit, used)
            if folder == base or base not in folder.parents:
                break
            folder = folder.parent


def _of_group(folder: Path, limit: str, used: str) -> int | None:
    try:
        most = (folder / limit).read_text("ascii").strip()
        if most == "max" or int(most) >= _NO_LIMIT:
            return None
        taken = int((folder / used).read_text("ascii"))
        # Pages of files that were read count as used, and are given up as soon as somebody needs room.
        kept = dict(line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines())
    except (OSError, ValueError):
        return None
    return int(most) - taken + int(kept.get("total_inactive_file", kept.get("inactive_file", 0)))


@dataclass(frozen=True)
class Size:
    """What a model's file says of itself, as far as memory depends on it."""

    parameters: int
    width: int
    feed_forward: int
    heads: int
    decoder_layers: int
    vocabulary: int

    def weights(self, compute_type: str) -> int:
        """Bytes of the model itself, with what a library and its workspaces take besides."""
        return int(self.parameters * _weight_bytes(compute_type) * 1.1) + (200 << 20)

    def clip(self, compute_type: str, window_seconds: float, beam_size: int, *, encoded_together: bool) -> int:
        """Bytes that one more clip in a batch takes: keys and values of every decoder layer over the clip's frames, and whichever is more,
        those over the tokens of every beam or, where clips are encoded together, one encoder layer's attention and inner layer.
        """
        frames = window_seconds * _FRAMES_PER_SECOND
        across = self.decoder_layers * 2 * frames * self.width + frames * self.width
        along = beam_size * (self.decoder_layers * 2 * _TOKENS * self.width + 4 * self.vocabulary)
        encoding = self.heads * frames * frames + 2 * frames * self.feed_forward if encoded_together else 0.0
        return int((across + max(along, encoding)) * _activation_bytes(compute_type))


def _weight_bytes(compute_type: str) -> float:
    return 1.0 if compute_type.startswith("int8") else _BYTES.get(compute_type, 4.0)


def _activation_bytes(compute_type: str) -> float:
    return _BYTES.get(compute_type.removeprefix("int8_"), 4.0)


def model_size(file: Path) -> Size:
    """Read from the head of every variable in a `model.bin` of CTranslate2; the weights themselves are passed over.

    Raises ModelBrokenError.
    """
    try:
        with file.open("rb") as content:
            shapes = dict(_shapes(content))
        width = shapes["encoder/position_encodings/encodings"][1]
        inner = next(shape[0] for name, shape in shapes.items() if name.endswith("ffn/linear_0/weight"))
        layers = {name.split("/")[1] for name in shapes if name.startswith("decoder/layer_")}
        return Size(
            parameters=sum(_count(shape) for shape in shapes.values()),
            width=width,
            feed_forward=inner,
            heads=max(1, width // 64),
            decoder_layers=len(layers),
            vocabulary=shapes["decoder/embeddings/weight"][0],
        )
    except (OSError, struct.error, KeyError, IndexError, StopIteration, UnicodeDecodeError, MemoryError) as error:
        raise ModelBrokenError(path=str(file), reason=f"{type(error).__name__} {error}") from error


def _shapes(content: BinaryIO) -> Iterator[tuple[str, tuple[int, ...]]]:
    _number(content, "I")
    _text(content)
    _number(content, "I")
    for _ in range(_number(content, "I")):
        name = _text(content)
        shape = tuple(_number(content, "I") for _ in range(_number(content, "B")))
        _number(content, "B")
        content.seek(_number(content, "I"), 1)
        yield name, shape


def _number(content: BinaryIO, kind: str) -> int:
    size = struct.calcsize(f"<{kind}")
    return int(struct.unpack(f"<{kind}", content.read(size))[0])


def _text(content: BinaryIO) -> str:
    return content.read(_number(content, "H")).rstrip(b"\0").decode("utf-8")


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for one in shape:
        count *= one
    return count


def give_back_freed() -> None:
    """What was freed goes back to the system; glibc would keep much of it for later."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
