"""Published forms for tests that look at the job server alone: what the engine says of a definition is given by hand."""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from digilab.database.session import Database
from digilab.forms.check import Checked
from digilab.forms.publish import Published, publish
from digilab.store.contract import Store


def published(
    database: Database,
    store: Store,
    name: str,
    *,
    revision: str = "1",
    department: str | None = None,
    title: str = "交付申請書",
    content: bytes = b"id: form",
    personal_number: bool = False,
    personal_numbers: bool = False,
) -> Published:
    """A revision with one file of this content."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "form.yaml").write_bytes(content)
        form = Checked(
            folder=Path(folder),
            name=name,
            revision=revision,
            title=title,
            personal_number=personal_number,
            digest=hashlib.sha256(content).hexdigest(),
            pages=1,
            fields=[{"path": "amount", "label": "金額", "type": "amount", "page": 1}],
            files=("form.yaml",),
        )
        return publish(database, store, form, department=department, login="test", personal_numbers=personal_numbers)
