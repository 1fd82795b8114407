"""Runs one job of the fourth kind from intake to done, with the parts of the house in this process, and prints what came of it."""

import json
import os
import sys
from datetime import date
from pathlib import Path

import tally

from digilab.access.people import add_department, add_person, asker
from digilab.access.rules import Role
from digilab.config import Settings
from digilab.database.migrate import upgrade
from digilab.database.session import Database, now
from digilab.hours import use as hours
from digilab.jobs.intake import Received, Submission, submit
from digilab.jobs.records import Job, Worker
from digilab.office import Office
from digilab.queue.inprocess import InProcessQueue
from digilab.services.menu import add_service
from digilab.services.rules import Kind
from digilab.store.folder import FolderStore
from workers.clock import Clock
from workers.lease import Keeper
from workers.run import Bench

TEXTS = {"一.txt": "いち\nに\n\nさん\n", "二.txt": "ひとつ\n"}

settings = Settings(data=Path(sys.argv[1]))
settings.data.mkdir(parents=True)
database, store, queue = Database(settings.database_url), FolderStore(settings.store_folder), InProcessQueue()
office = Office(settings, database, store, queue)
upgrade(database)

with database.transaction() as session:
    add_department(session, "010", "総務課")
    person = add_person(
        session, login="sato", name="佐藤", department_code="010", role=Role.ADMIN, password="correct horse battery"
    )
    clerk = asker(person)
    service = add_service(session, slug="count-lines", kind=Kind.named("tally"), name="行数え")
    baseline = hours.propose(
        session, service, minutes_per_unit=3.0, valid_from=date(2026, 4, 1), owner="総務課長", evidence="10枚の実測"
    )
    hours.approve(session, baseline, clerk)
    moment = now(session)
    session.add(Worker(id="w1", capability="tally", host="here", pid=os.getpid(), started_at=moment, seen_at=moment))

received = []
for name, text in TEXTS.items():
    incoming = store.receive()
    incoming.write(text.encode())
    received.append(Received(name, incoming))
accepted = submit(database, store, queue, clerk, Submission("count-lines", received), max_files=5)

clock, bench = Clock(office), Bench(office, "w1", Keeper(office, "w1"))
while clock.tick():
    while (message := queue.take("tally")) is not None:
        bench.run(*message)

with database.reading() as session:
    job = session.get_one(Job, accepted.job_id)
    outputs = [file for file in job.files if file.role == "output"]
    with store.open(outputs[0].key) as blocks:
        counted = b"".join(blocks).decode().split()
    print(
        json.dumps(
            {
                "engine": tally.__file__,
                "state": job.state,
                "receipt": job.receipt,
                "counted": counted,
                "net_minutes": hours.net_minutes(session),
            }
        )
    )
