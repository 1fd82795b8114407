"""Where a model computes at present, whose turn a card is, and what is left to try when the machine fails."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from transcribe.cards import Card, Turn
from transcribe.certificate import Note
from transcribe.errors import CardTakenError
from transcribe.memory import Size
from transcribe.model import Decoding
from transcribe.troubles import Trouble
from transcribe.ways import Demand, Way, way_on_cpu, ways_on

log = logging.getLogger(__name__)

_lost = False
"""Once CUDA has failed in a process nothing can be computed with it there any more: a fact of the process, so kept beside the class."""


class Place:
    """From the best way down to the CPU. `turns` is the folder of the cards' locks; without one, cards are not shared out.

    `beside_card`: the CPU is used while others hold every card, instead of waiting.
    """

    def __init__(
        self,
        size: Size,
        decoding: Decoding,
        demand: Demand,
        find_cards: Callable[[], Sequence[Card]],
        turns: Path | None = None,
        *,
        beside_card: bool = False,
    ) -> None:
        self._size, self._decoding, self._demand = size, decoding, demand
        self._find_cards, self._turns, self._beside_card = find_cards, turns, beside_card
        self._turn: Turn | None = None
        self._left: list[Way] = []
        self._way: Way | None = None
        self.since = 0.0
        self.instead: tuple[Note, ...] = ()
        """Why it is not the way that was wanted; holds for all that is read here."""

    @property
    def way(self) -> Way:
        """The present one; chosen from the top where there is none. Raises CardTakenError."""
        if self._way is not None:
            return self._way
        self.instead = ()
        self._left = self._on_cards()
        return self._next()

    def leave(self) -> None:
        """Give the card back; the next use chooses anew."""
        self._way = None
        self._give_back()

    def reading(self, now: bool) -> None:
        """Say that a computation begins, or that it has come to its end, however."""
        if self._turn is not None:
            self._turn.reading(now)

    def proved(self) -> None:
        """A computation went well."""
        if self._turn is not None:
            self._turn.proved()

    def fewer(self, clips: int) -> Note:
        """`clips` at a time were too many: half of them."""
        self._way = replace(self.way, batch_size=max(1, clips // 2))
        return Note("smaller-batch", (("batch", self._way.batch_size),))

    def lower(self, kind: Trouble) -> bool:
        """The next way down; False when there is none. With too little room that is a coarser number format on the same card; a card
        that failed is left for as long as this process lives."""
        global _lost
        failed = self.way.device
        if failed.name == "cpu":
            return False
        if kind is Trouble.DEVICE:
            _lost = True
            self._left = []
        now = self._next().device
        if now.name == "cuda":
            self.instead = (Note("coarser-numbers", (("compute_type", now.compute_type),)),)
        else:
            self._instead("cpu-card-lost" if kind is Trouble.DEVICE else "cpu-no-memory")
        return True

    @property
    def passing(self) -> bool:
        """Whether a card may do later what it cannot do now: somebody else had its memory, or it, or it was not trusted."""
        return any(note.code not in ("cpu-card-lost", "cpu-no-card") for note in self.instead)

    def _next(self) -> Way:
        if not self._left:
            self._give_back()
            self._left = [way_on_cpu(self._size, self._decoding, self._demand)]
        self._way = self._left.pop(0)
        self.since = time.monotonic()
        return self._way

    def _on_cards(self) -> list[Way]:
        """Ways on the card with most room that nobody else holds. It is ours before its memory is counted on."""
        wanted = self._demand.device
        if wanted == "cpu":
            return []
        found = [] if _lost else sorted(self._find_cards(), key=lambda card: -(card.free or 0))
        if not found:
            if _lost:
                self._instead("cpu-card-lost")
            elif wanted == "cuda":
                self._instead("cpu-no-card")
            return []
        taken, why = False, "cpu-no-memory"
        for card in found:
            if self._turns is not None:
                self._turn = Turn.take(self._turns, card)
                if self._turn is None:
                    taken = True
                    continue
                if not self._turn.trusted:
                    log.warning("card %s ended its last users in mid-reading: it is left alone", card.identity)
                    why = "cpu-card-died"
                    self._give_back()
                    continue
            if ways := ways_on(card, self._size, self._decoding, self._demand):
                return ways
            log.warning("card %s has %s bytes free: too few for this model", card.identity, card.free)
            self._give_back()
        if taken and not self._beside_card:
            raise CardTakenError
        self._instead("cpu-card-taken" if taken else why)
        return []

    def _instead(self, code: str) -> None:
        compute_type = way_on_cpu(self._size, self._decoding, self._demand).device.compute_type
        self.instead = (Note(code, (("compute_type", compute_type),)),)

    def _give_back(self) -> None:
        if self._turn is not None:
            self._turn.give_back()
            self._turn = None
