"""`digilab demo RECORDING`: the main job from end to end, in a house of its own that is taken down again.

Everything goes through the doors that a city uses: HTTP in, HTTP out.
"""

import http.client
import json
import socket
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from digilab.access import people
from digilab.commands.house import words
from digilab.config import ModelSettings, Settings, WebSettings
from digilab.database.session import Database
from digilab.first_start import LOGIN, SERVICE
from digilab.hours import use as hours
from digilab.hours.records import Baseline
from digilab.models.folder import import_model
from digilab.up import House

BLOCK = 1024 * 1024
PATIENCE = 600.0
BAR = 30


def show(
    recording: Path,
    model: Annotated[Path, typer.Option(help="モデルのフォルダ / model folder")] = Path("models/demo"),
    folder: Annotated[Path, typer.Option(help="結果を置くフォルダ / where the results go")] = Path(".demo"),
) -> None:
    """録音を一つ、本物の受付から成果物まで通して見せる。"""
    with _house(folder, model) as (port, token):
        typer.echo(words("demo-submitting", name=recording.name, megabytes=f"{recording.stat().st_size / 1e6:.1f}"))
        began = time.monotonic()
        accepted = _submit(port, token, recording)
        typer.echo(words("accepted", receipt=accepted["receipt"]))
        job = _followed(port, token, accepted["receipt"])
        if job["state"] != "done":
            typer.echo(f"[{job['failure']['code']}] {job['failure']['sentence']}" if job["failure"] else job["state"])
            raise typer.Exit(1)
        results = _fetched(port, token, job, folder / "results")
        _told(job, results, time.monotonic() - began)
