"""Graphics cards: which there are, how much memory is free, and whose turn it is.

Asked of the driver's own libraries, which are there wherever a card works; nothing is installed for it.
"""

import ctypes
import fcntl
import json
import os
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import ctranslate2

DEATHS = 2
"""A card on which so many processes in a row ended in the middle of reading …"""
DISTRUST_SECONDS = 600.0
"""… within this time is left alone for as long."""


@dataclass(frozen=True)
class Card:
    """A card as this process may use it. `index` is CUDA's, `identity` the card's own for ever; bytes are None where no one tells."""

    index: int
    identity: str
    name: str
    total: int | None
    free: int | None
    compute_types: frozenset[str]


def cards() -> tuple[Card, ...]:
    """Those that CUDA shows to this process. None with a driver that is missing, too old or gone."""
    found = []
    for index in range(ctranslate2.get_cuda_device_count()):
        with suppress(RuntimeError, ValueError):  # a card that cannot even be asked cannot compute
            can = frozenset(ctranslate2.get_supported_compute_types("cuda", index))
            name, identity = _named(index)
            total, free = _memory(identity)
            found.append(Card(index, identity or f"{socket.gethostname()}-{index}", name, total, free, can))
    return tuple(found)


def _named(index: int) -> tuple[str, str]:
    """Name and identity. CUDA's order is not that of the management library, and may leave cards out: so cards are matched by identity."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
        device, raw, name = ctypes.c_int(), (ctypes.c_ubyte * 16)(), ctypes.create_string_buffer(256)
        # The second version tells a slice of a shared card (MIG) from the card.
        ask = getattr(cuda, "cuDeviceGetUuid_v2", None) or cuda.cuDeviceGetUuid
        if cuda.cuInit(0) or cuda.cuDeviceGet(ctypes.byref(device), index) or ask(ctypes.byref(raw), device):
            return "", ""
        if cuda.cuDeviceGetName(name, len(name), device):
            name.value = b""
    except (OSError, AttributeError):
        return "", ""
    return name.value.decode("utf-8", "replace"), f"GPU-{uuid.UUID(bytes=bytes(raw))}"


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def _memory(identity: str) -> tuple[int | None, int | None]:
    """Bytes in all and free."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
        if library.nvmlInit_v2():
            return None, None
        try:
            handle, memory = ctypes.c_void_p(), _Memory()
            for name in (identity, identity.replace("GPU-", "MIG-")):
                if library.nvmlDeviceGetHandleByUUID(name.encode("ascii"), ctypes.byref(handle)) == 0:
                    if library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) == 0:
                        return memory.total, memory.free
                    break
        finally:
            library.nvmlShutdown()
    except (OSError, AttributeError):
        pass
    return None, None


class Turn:
    """The right to load a model onto one card, for one process at a time on this machine; a process that dies gives it back.

    The lock file also remembers who ended while reading: a driver that is lost in the middle of a computation takes the whole process with
    it, as CTranslate2 frees memory in destructors that must not fail, and nobody is left to write down why.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._deaths = self._read()
        self.reading(False)

    @classmethod
    def take(cls, folder: Path, card: Card) -> Self | None:
        """None while somebody holds it."""
        folder.mkdir(parents=True, exist_ok=True)
        # Not inherited: a child that outlives us would keep the card.
        descriptor = os.open(folder / f"{card.identity}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        try:
            return cls(descriptor)
        except BaseException:
            os.close(descriptor)
            raise

    @property
    def trusted(self) -> bool:
        """Whether the card does not kill those who use it."""
        return len(self._deaths) < DEATHS

    def reading(self, now: bool) -> None:
        """Say that a computation begins or has come to its end, well or badly."""
        record = {"pid": os.getpid(), "reading": now, "since": time.time(), "deaths": self._deaths}
        content = json.dumps(record).encode("ascii")
        os.ftruncate(self._descriptor, os.pwrite(self._descriptor, content, 0))

    def proved(self) -> None:
        """The card has computed: what happened before is forgotten."""
        self._deaths = ()

    def give_back(self) -> None:
        """Let others have the card."""
        os.close(self._descriptor)

    def _read(self) -> tuple[float, ...]:
        """When holders of late ended while reading, in seconds of the machine's clock."""
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            record = json.loads(os.pread(self._descriptor, 4096, 0) or b"{}")
            deaths = [*record.get("deaths", ()), *([record["since"]] if record.get("reading") else ())]
            return tuple(float(one) for one in deaths if 0 <= time.time() - one < DISTRUST_SECONDS)
        return ()
