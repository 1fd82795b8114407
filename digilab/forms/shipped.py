"""The definitions that the distribution brings along: in a checkout beside the packages, in an installed wheel inside this one."""

from pathlib import Path

INSTALLED = Path(__file__).with_name("definitions")
CHECKOUT = Path(__file__).parents[2] / "form_definitions"


def shipped(folder: Path | None) -> list[Path]:
    """The folders of all shipped definitions, by name; those of `folder` instead where one is given."""
    place = folder or (INSTALLED if INSTALLED.is_dir() else CHECKOUT)
    return sorted(file.parent for file in place.glob("*/form.yaml"))
