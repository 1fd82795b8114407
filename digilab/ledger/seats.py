"""Seats: no more sign-ins of an account at once than its target allows, over all workers."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from digilab.jobs import lifecycle
from digilab.jobs.records import Part
from digilab.jobs.rules import PartState
from digilab.targets.records import Seat, Target


def take(session: Session, target: Target, part_id: int, epoch: int, wanted: int) -> int:
    """Up to `wanted` free seats for a part under its lease; how many.

    A seat is free as soon as its lease is over. Raises LeaseLostError.
    """
    lifecycle.keep(session, part_id, epoch)
    # Whoever takes seats of this target at the same moment waits here.
    contexts = session.execute(
        select(Target.contexts).where(Target.id == target.id).with_for_update(key_share=True)
    ).scalar_one()
    for seat in session.scalars(select(Seat).where(Seat.target_id == target.id)).all():
        part = session.get_one(Part, seat.part_id, populate_existing=True)
        if part.state != PartState.LEASED or part.epoch != seat.epoch or seat.part_id == part_id:
            session.delete(seat)
    session.flush()
    taken = set(session.scalars(select(Seat.number).where(Seat.target_id == target.id)))
    free = [number for number in range(1, contexts + 1) if number not in taken][: max(0, wanted)]
    session.add_all(Seat(target_id=target.id, number=number, part_id=part_id, epoch=epoch) for number in free)
    session.flush()
    return len(free)


def leave(session: Session, part_id: int, epoch: int) -> None:
    """The part has signed out everywhere."""
    session.execute(delete(Seat).where(Seat.part_id == part_id, Seat.epoch == epoch))


def taken(session: Session, target_id: int) -> int:
    """How many are taken."""
    return session.execute(select(func.count()).select_from(Seat).where(Seat.target_id == target_id)).scalar_one()
