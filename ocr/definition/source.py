"""form.yaml as plain data that remembers its lines.

Every scalar stays text: pydantic makes numbers of what has to be one, so `revision: 1.10`, `value: no` and `0123` arrive as written.
Anchors, aliases and tags are refused: no definition needs them, and an alias inside an alias is how a small file fills the memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from ocr.definition.faults import (
    AliasError,
    DuplicateKeyError,
    FaultError,
    NotAMappingError,
    NotUtf8Error,
    TagError,
    TooBigError,
    TooDeepError,
    YamlError,
)

MOST_BYTES = 250_000
MOST_DEPTH = 16

Data = str | list["Data"] | dict[str, "Data"]
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """A YAML file read: its data, and the line of each part of it (from 1) by path from the root."""

    file: str
    data: dict[str, Data]
    lines: dict[Path, int]

    def line(self, path: Iterable[str | int]) -> int:
        """Line of what lies at `path`, or of the nearest thing around it. Steps that lead nowhere (pydantic's tags) are left out."""
        return self.lines[self.steps(path)]

    def steps(self, path: Iterable[str | int]) -> Path:
        """The steps of `path` that exist in the file."""
        taken: Path = ()
        for step in path:
            if (*taken, step) in self.lines:
                taken = (*taken, step)
        return taken

    def field(self, path: Iterable[str | int]) -> str:
        """Name of the field that `path` leads into, as rules write it (`items.amount` for a column); "" outside of fields."""
        steps = self.steps(path)
        names = []
        for place, step in enumerate(steps[:-1]):
            if step in ("fields", "columns") and steps[0] == "pages":
                holder = self.at(steps[: place + 2])
                name = holder.get("name") if isinstance(holder, dict) else None
                names.append(name if isinstance(name, str) else f"[{int(steps[place + 1]) + 1}]")
        return ".".join(names)

    def fault(self, kind: type[FaultError], path: Iterable[str | int], **evidence: str | float | int) -> FaultError:
        """The fault at `path`: file, line and field filled in."""
        path = tuple(path)
        return kind(**{"file": self.file, "line": self.line(path), "field": self.field(path), **evidence})

    def at(self, path: Iterable[str | int]) -> Data:
        """What lies at `path`, steps that lead nowhere left out."""
        data: Data = self.data
        for step in self.steps(path):
            data = data[step]  # type: ignore[index]  # `steps` yields only what exists
        return data


def read(content: bytes, file: str) -> Source:
    """The data of one YAML file; raises a `FaultError` with its line."""
    if len(content) > MOST_BYTES:
        raise TooBigError(file=file, line=0, field="", found=file, limit=f"{MOST_BYTES / 1_000_000:g} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotUtf8Error(file=file, line=line, field="") from error
    try:
        _refuse_what_no_definition_needs(text, file)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(file=file, line=mark.line + 1, field="", column=mark.column + 1) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(file=file, line=line, field="", column=1) from error
    if not isinstance(root, yaml.MappingNode):
        raise NotAMappingError(file=file, line=1, field="")
    lines: dict[Path, int] = {}
    return Source(file, _mapping(root, (), lines, file), lines)


def _refuse_what_no_definition_needs(text: str, file: str) -> None:
    """Walks the events, which takes neither recursion nor memory, before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        refused: type[FaultError] | None = None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            refused = TooDeepError if depth > MOST_DEPTH else None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if getattr(event, "anchor", None) is not None:
            refused = AliasError
        elif getattr(event, "tag", None) not in (None, "!"):
            refused = TagError
        if refused:
            raise refused(file=file, line=event.start_mark.line + 1, field="")


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int], file: str) -> Data:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, (*path, index), lines, file) for index, each in enumerate(node.value)]
    return _mapping(node, path, lines, file) if isinstance(node, yaml.MappingNode) else _text(node, file)


def _text(node: yaml.Node, file: str) -> str:
    """A scalar as written. An escape may spell half a character, which no file and no screen can show."""
    text = str(node.value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        mark = node.start_mark
        raise YamlError(file=file, line=mark.line + 1, field="", column=mark.column + 1)
    return text


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int], file: str) -> dict[str, Data]:
    lines.setdefault(path, node.start_mark.line + 1)
    data: dict[str, Data] = {}
    for key_node, value in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError(file=file, line=line, field="", column=key_node.start_mark.column + 1)
        key = _text(key_node, file)
        if key in data:
            raise DuplicateKeyError(file=file, line=line, field="", key=key, first=lines[*path, key])
        lines[*path, key] = line
        data[key] = _plain(value, (*path, key), lines, file)
    return data
