"""Nothing at run time goes to a network: recordings with speakers and paper forms, done by processes that have none, in an empty home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from house.tree import ROOT

WATCH = """
import os, sys
from pathlib import Path

tried = []

def watch(event, arguments):
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request", "http.client.connect"} or (
        event == "socket.connect" and not isinstance(arguments[1], (str, bytes))
    ):
        tried.append((event, arguments[-1]))
        raise PermissionError(event)

sys.addaudithook(watch)

def told(what):
    asked = sys.modules.get("huggingface_hub.constants")
    print(f"{what}; tried {tried}; offline {os.environ['HF_HUB_OFFLINE']}, {asked is None or asked.HF_HUB_OFFLINE}")
"""

MINUTES = """
from bad.audio import speech, write
from digilab.config import Settings, TranscriptionSettings
from digilab.database.migrate import upgrade
from digilab.database.session import Database, now
from digilab.first_start import prepare
from digilab.jobs.records import Job, Worker
from digilab.models.folder import import_model
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.store.folder import FolderStore
from integration.test_transcription_kind import handed_in
from workers.clock import Clock
from workers.lease import Keeper
from workers.run import Bench

root, data = map(Path, sys.argv[1:])
settings = Settings(data=data, transcription=TranscriptionSettings(least_coverage=0.0))
for name in ("demo", "demo-speakers"):
    import_model(settings.models_folder, root / "models" / name)
database = Database(settings.database_url)
upgrade(database)
prepare(database)
office = Office(settings, database, FolderStore(settings.store_folder), InProcessQueue())
recording = write(data / "meeting.wav", speech(root / "samples" / "speech", seconds=9))
bench, clock = Bench(office, "w1", Keeper(office, "w1")), Clock(office)
job_id = handed_in(office, recording, speakers="2")
while True:
    with database.transaction() as session:
        moment = now(session)
        session.merge(Worker(id="w1", capability="transcription", host="h", pid=1, started_at=moment, seen_at=moment))
    clock.tick()
    if (message := office.queue.take("transcription")) is None:
        break
    bench.run(*message)
bench.engines.close()
with database.reading() as session:
    job = session.get_one(Job, job_id)
    file = next(file for file in job.files if file.name == "meeting.txt")
    with office.store.open(file.key) as blocks:
        text = b"".join(blocks).decode()
    parts = {part.stage: part.state for part in job.parts}
    told(f"job {job.status.ended}, text {len(text) > 20}, stages {parts}")
database.close()
"""

FORM = """
import numpy as np
from ocr.definition.load import load
from ocr.engine import open_recogniser
from ocr.pages import Page
from ocr.reading import FormReader
from ocr.register import Sorter

form = load(Path(sys.argv[1]) / "form_definitions" / "bank-transfer-request")
page = Page("blank.png", 1, np.ascontiguousarray(form.blanks[0]), 304.8)
with open_recogniser() as recogniser:
    reading = FormReader([form], recogniser).read(page, Sorter([form]).sort(page))
told(f"fields {len(reading.evidence) >= 20}")
"""


@pytest.fixture(scope="module")
def cut_off() -> list[str]:
    """Words before a command that take its network away, where the system lets us; sockets are watched in any case."""
    words = ["unshare", "--map-root-user", "--net"]
    try:
        allowed = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return []
    return words if allowed else []


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        (MINUTES, "job True, text True, stages {'split': 'done', 'work': 'done', 'join': 'done', 'extra': 'done'}"),
        (FORM, "fields True"),
    ],
    ids=["minutes with speakers", "a paper form"],
)
def test_work_is_done_without_a_network_and_without_anything_that_a_hub_left(
    program: str, wanted: str, cut_off: list[str], tmp_path: Path
) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    data.mkdir()
    ended = subprocess.run(
        [*cut_off, sys.executable, "-c", WATCH + program, ROOT, data],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": os.environ["PATH"], "HOME": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f"{wanted}; tried []; offline 1, True"
    assert not list(home.rglob("*hub*"))
    assert not list(home.rglob("*huggingface*"))


def test_a_model_without_its_tokenizer_is_refused_instead_of_looking_for_one(
    cut_off: list[str], tmp_path: Path
) -> None:
    """faster-whisper would ask a hub for the one of another model."""
    program = """
from transcribe.errors import ModelMissingError
from transcribe.model import open_model
try:
    open_model(Path(sys.argv[1]))
except ModelMissingError as error:
    told(error.code)
"""
    for name in ("model.bin", "config.json"):
        (tmp_path / name).symlink_to(ROOT / "models" / "demo" / name)
    ended = subprocess.run(
        [*cut_off, sys.executable, "-c", WATCH + program, tmp_path],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.startswith("model-missing; tried []"), ended.stderr
