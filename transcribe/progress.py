"""A bar in minutes of recording: 録音 42分／120分."""

from types import TracebackType
from typing import Self, TextIO

from transcribe.errors import sentence

_WIDTH = 30


class Bar:
    """Redraws one line on a terminal; elsewhere writes a line for every further tenth. `word` is what it says of the work."""

    def __init__(self, seconds: float | None, out: TextIO, word: str = "run-progress") -> None:
        self._seconds, self._out, self._word = seconds, out, word
        self._tenth = -1

    def __enter__(self) -> Self:
        self.show(0.0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._out.isatty():
            print(file=self._out)

    def show(self, done: float) -> None:
        """`done` seconds of the recording are finished."""
        total = self._seconds or 0.0
        share = min(done / total, 1.0) if total else 0.0
        line = sentence(self._word, "ja", {"done": _minutes(done), "total": _minutes(total)})
        if self._out.isatty():
            full = round(share * _WIDTH)
            print(f"\r{line} {'█' * full}{'░' * (_WIDTH - full)} {share:4.0%}", end="", file=self._out, flush=True)
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            print(line, file=self._out, flush=True)


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}分{int(seconds % 60):02}秒" if seconds else "0分00秒"
