"""What an adapter in `workers/kinds/` is given, and what it gives back. Plain records; a kind whose parts are rows of the record itself
opens transactions of its own."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from digilab.config import Settings
from digilab.errors import StoredFileDamagedError
from digilab.forms.values import Read
from digilab.jobs.facts import NewPart, Output
from digilab.jobs.names import display_name
from digilab.jobs.rules import JobState, Stage
from digilab.store.contract import BLOCK, Store


@dataclass(frozen=True)
class InputFile:
    """A file that was handed in."""

    name: str
    key: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PinnedForm:
    """A revision of a form that the job is tied to."""

    revision_id: int
    name: str
    revision: str
    title: str
    digest: str
    files: tuple[InputFile, ...]


@dataclass(frozen=True)
class JobFacts:
    """The job, as far as an engine's work depends on it."""

    id: int
    kind: str
    receipt: str
    title: str
    department: str
    options: dict[str, Any]
    created_at: datetime
    inputs: tuple[InputFile, ...]
    forms: tuple[PinnedForm, ...] = ()
    outputs: tuple[InputFile, ...] = ()
    """Its results so far, in the order in which they were written."""


@dataclass(frozen=True)
class PartFacts:
    """The part that is to be done."""

    id: int
    epoch: int
    stage: Stage
    ordinal: int
    weight: float
    payload: dict[str, Any]


class WarmEngines(Protocol):
    """Engines that stay loaded between parts."""

    def get(self, name: str, open_engine: Callable[[], AbstractContextManager[Any]]) -> Any:
        """The engine of this name, opened on first use and closed when the worker ends."""
        ...


@dataclass(frozen=True)
class Context:
    """Everything one run of one part may use."""

    job: JobFacts
    part: PartFacts
    store: Store
    scratch: Path
    """A folder of this run alone; it goes away with the run."""
    settings: Settings
    threads: int
    engines: WarmEngines
    progress: Callable[[float], None]
    """Tell how many steps of this part are done. Raises LeaseLostError when the part has moved to somebody else."""
    expect: Callable[[float], None]
    """Tell how large the job is, as soon as it is known."""
    add_work: Callable[[Sequence[NewPart]], None]
    """Hand over work parts as soon as they are known (only in `split`)."""
    known_work: Mapping[int, dict[str, Any]]
    """Payloads of what an earlier run of this split handed over, by ordinal."""
    results: Callable[[], Iterable[dict[str, Any]]]
    """Results of all work parts in order (only in `join`)."""
    split_result: Callable[[], dict[str, Any]]
    """Result of the split (only in `join`)."""
    transaction: Callable[[], AbstractContextManager[Session]]
    """A transaction on the record. What is written in it counts for the lease's holder only: `digilab.jobs.lifecycle.keep` comes first."""
    alive_seconds: float
    """A worker that gave no sign of life for so long is taken for dead."""

    @contextmanager
    def original(self, file: InputFile) -> Iterator[Path]:
        """A file of the job as a path on this machine, found to be what was recorded. Raises StoredFileDamagedError."""
        with self.store.local(file.key, self.scratch) as path:
            with path.open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != file.sha256:
                    raise StoredFileDamagedError(name=file.name)
            yield path

    def get(self, key: str) -> bytes:
        """A stored file, whole."""
        with self.store.open(key) as blocks:
            return b"".join(blocks)

    def put(self, key: str, content: bytes) -> str:
        """Store a file that fits into memory; its key."""
        with self.store.receive() as incoming:
            incoming.write(content)
            return self.store.keep(incoming, key).key

    def fetched(self, key: str) -> Path:
        """A stored file as a path in the scratch folder."""
        path = self.scratch / key.replace("/", "-")
        with self.store.open(key) as blocks, path.open("wb") as file:
            file.writelines(blocks)
        return path

    def output(self, path: Path, name: str, content_type: str) -> Output:
        """Move a written file into the store as a result that people see under this name."""
        with self.store.receive() as incoming:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    incoming.write(block)
            key = f"outputs/{self.job.id}/{self.part.epoch}/{incoming.path.name}{path.suffix}"
            stored = self.store.keep(incoming, key)
        path.unlink()
        # A slash in a title (令和8/4/1) is no folder.
        flat = name.replace("/", "／").replace("\\", "＼")
        return Output(display_name(flat), content_type, stored)

    def key(self, name: str) -> str:
        """Store key of an intermediate file of this job. The epoch keeps a stopped predecessor from writing over it."""
        return f"work/{self._run}/{name}"

    def lasting_key(self, name: str) -> str:
        """Store key of a file that stays for those who check the result, once a row of the record names it."""
        return f"evidence/{self._run}/{name}"

    @property
    def _run(self) -> str:
        return f"{self.job.id}/{self.part.stage}-{self.part.ordinal}-{self.part.epoch}"


@dataclass(frozen=True)
class Done:
    """A split or work part is finished: `result` is kept in the record (ids and keys, small)."""

    result: dict[str, Any] = field(default_factory=dict)
    steps: float = 0.0
    gate: JobState | None = None
    """Of a split: where the job waits before its work is given out."""
    alongside: Callable[[Session], object] | None = None
    """Written in the transaction that ends the part, before it ends."""


@dataclass(frozen=True)
class Joined:
    """A join is finished."""

    outputs: Sequence[Output]
    verified: float
    """Volume really worked through, in the kind's own steps."""
    review: bool = False
    result: dict[str, Any] = field(default_factory=dict)
    read: Read | None = None
    """What was read, where the kind gives values that people look at."""
    doubted: Sequence[Mapping[str, Any]] = ()
    """Values of an earlier join's reading that people's word has made doubtful: `case_number`, `path`, `decision`, `findings`."""
    extra: Sequence[NewPart] = ()
    """Parts that the adapter's `extra` does once the job has ended."""


@dataclass(frozen=True)
class Extra:
    """An extra part is finished."""

    outputs: Sequence[Output]
    """All of the job's outputs, written anew; none: those of before stay."""
    result: dict[str, Any]
    event: str
    """Its line in the history, filled with what is `told`."""
    told: dict[str, str | int | float] = field(default_factory=dict)
