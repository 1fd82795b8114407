"""A Japanese font of this machine. None is shipped: the worker's image has one as a system package, clerks' computers their own."""

from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
# By how many characters of names they hold, then by how well they read small; the first face of each collection is Japanese.
_FILES = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansJP-Regular.otf",
    "BIZUDGothic-Regular.ttf",
    "ipaexg.ttf",
    "ipag.ttf",
    "YuGothM.ttc",
    "meiryo.ttc",
    "msgothic.ttc",
)


@cache
def japanese_file(folders: tuple[str, ...] = FOLDERS) -> Path | None:
    """The best font file found, or None."""
    there = {path.name: path for folder in folders for path in Path(folder).rglob("*.[ot]t[fc]")}
    return next((there[name] for name in _FILES if name in there), None)


@cache
def font(size: float, file: Path | None) -> ImageFont.FreeTypeFont:
    """The file's first face; without a file Pillow's own, which holds Latin letters and digits only."""
    if file is not None:
        return ImageFont.truetype(str(file), size)
    own = ImageFont.load_default(size)
    if not isinstance(own, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return own
