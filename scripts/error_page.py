"""Prints docs/reference/errors.md: every error code with its sentences, straight from the language files.

`make pages` writes it; a house test compares the two.
"""

import importlib
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from digilab.errors import DigilabError
from ocr.errors import OcrError
from robots.errors import RobotError
from transcribe.errors import TranscribeError

ROOT = Path(__file__).resolve().parents[1]

HEAD = """# エラーの一覧

画面、API、コマンドは、うまくいかないときに次のコードと文を返します。`{…}` には、そのときの値が入ります。
受け付けた後に見つかった問題では、受付番号はそのまま残り、預かったファイルも残ります。

(Every error code with its sentences. This page is made from the language files by `make pages`.)
"""

SECTIONS: tuple[tuple[str, str | None, type[Exception], str], ...] = (
    ("digilab", "errors", DigilabError, "受付・利用者・サーバー (the job server)"),
    ("transcribe", None, TranscribeError, "録音と音声認識モデル (recordings and speech models)"),
    ("ocr", None, OcrError, "帳票、帳票定義と文字認識モデル (scans, form definitions and recognisers)"),
    ("robots", None, RobotError, "一覧表、画面とロボット (rows, screens and robots)"),
)


def codes(root: type[Any]) -> set[str]:
    """The codes of an error tree, with the errors that are defined beside what raises them."""
    for module in ("workers.failures", "ocr.definition.faults", "ocr.calibration.command"):
        importlib.import_module(module)
    return {root.code}.union(*(codes(child) for child in root.__subclasses__()))


def sentences(package: str, table: str | None, root: type[Exception], language: str) -> dict[str, str]:
    """Code → sentence; a variant of a sentence (`<code>-at-once`) stands beside it."""
    texts = tomllib.loads((ROOT / package / "language" / f"{language}.toml").read_text(encoding="utf-8"))
    known = codes(root)
    chosen: dict[str, str] = texts[table] if table else texts
    return {key: text for key, text in chosen.items() if key.removesuffix("-at-once") in known}


def cell(text: str) -> str:
    """One table cell: no line breaks, no bars, placeholders as code."""
    return re.sub(r"(\{\w*(?::[^}]*)?\})", r"`\1`", text.replace("|", "\\|").replace("\n", " "))


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for package, table, root, title in SECTIONS:
        english = sentences(package, table, root, "en")
        rows = "\n".join(
            f"| `{code}` | {cell(text)} | {cell(english[code])} |"
            for code, text in sentences(package, table, root, "ja").items()
        )
        parts.append(f"## {title}\n\n| コード | 日本語 | English |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
