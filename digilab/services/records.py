"""The menu's entries."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from digilab.database.base import Record


class Service(Record):
    """業務メニュー: one offering on the intake page."""

    __tablename__ = "services"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(2000), default="")
    options: Mapped[dict[str, Any]]
    """Defaults that a job's own options are laid over."""
    open: Mapped[bool] = mapped_column(default=True)
