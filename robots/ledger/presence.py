"""Which process on which boot of the machine, and a clock that nobody can set: so a wrong wall clock ends no lease and ages no row."""

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Presence:
    """A process, so named that no later one is taken for it."""

    process: int
    started: str
    """In ticks since the boot: a process id is used again, this pair is not."""
    space: str
    """The space in which the process id counts (a container has its own)."""
    boot: str

    @classmethod
    def here(cls) -> "Presence":
        """This process."""
        return cls(os.getpid(), _started(os.getpid()), _link("self/ns/pid"), _text("sys/kernel/random/boot_id"))

    @classmethod
    def read(cls, text: str) -> "Presence":
        """What `text` wrote."""
        return cls(**json.loads(text))

    def text(self) -> str:
        """For the record."""
        return json.dumps(asdict(self))

    @staticmethod
    def clock() -> float:
        """Seconds since the boot, sleep of the machine included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def may_live(self, here: "Presence", until: float) -> bool:
        """Whether it may still be at work: on this boot, its time not over, and not known to be dead."""
        if self.boot != here.boot or Presence.clock() >= until:
            return False
        return self.space != here.space or _started(self.process) == self.started != ""

    def age(self, boot: str, moment: float) -> float:
        """Seconds since a moment of a boot: at least, for all that is known of an earlier boot is that it ended before this one began."""
        now = Presence.clock()
        return max(0.0, now - moment) if boot == self.boot else now


def _started(process: int) -> str:
    """Empty when there is no such process, or only what is left of it until its parent looks."""
    # The name in brackets may hold anything, blanks and brackets too; the fields after it count from 3.
    fields = _text(f"{process}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""


def _text(path: str) -> str:
    with contextlib.suppress(OSError):
        return (PROC / path).read_text(encoding="utf-8", errors="replace").strip()
    return ""


def _link(path: str) -> str:
    with contextlib.suppress(OSError):
        return str((PROC / path).readlink())
    return ""
