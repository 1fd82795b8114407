"""Texts: the only bridge between jobs and the engine `tally`. Becomes `workers/kinds/tally.py`."""

from tally import count

from digilab.jobs.facts import NewPart, Output
from workers.context import Context, Done, Joined


def split(context: Context) -> Done:
    """One part per file."""
    context.expect(float(len(context.job.inputs)))
    context.add_work([NewPart(number, 1.0, {"key": file.key}) for number, file in enumerate(context.job.inputs)])
    return Done()


def work(context: Context) -> Done:
    """Count one file."""
    with context.store.open(context.part.payload["key"]) as blocks:
        text = b"".join(blocks).decode()
    return Done({"lines": count(text)}, steps=1.0)


def join(context: Context) -> Joined:
    """All counts in one file."""
    counts = [result["lines"] for result in context.results()]
    with context.store.receive() as incoming:
        incoming.write("\n".join(str(lines) for lines in counts).encode())
        stored = context.store.keep(incoming, f"outputs/{context.job.id}/{context.part.epoch}")
    return Joined([Output("tally.txt", "text/plain; charset=utf-8", stored)], verified=float(len(counts)))
