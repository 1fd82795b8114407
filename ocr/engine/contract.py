"""What every recogniser keeps to. Probabilities come out raw: which characters a field may hold is decided afterwards (`decode`)."""

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""H × W × 3, BGR."""


class Recogniser(Protocol):
    """A warm model that reads one line of writing. A context manager: loads on entry, frees on exit."""

    name: str
    """Engine and model, kept with every value: `rapidocr PP-OCRv6_rec_small`."""
    characters: Sequence[str]
    """Class index → character. Index 0 is CTC's blank and holds ''; a space is a class of its own."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    def probabilities(self, crop: Picture) -> NDArray[np.float32]:
        """Softmax over `characters` per time step, T × C; T grows with the crop's width.

        One crop at a time: padding to a common width changes probabilities, so a reading would depend on its neighbours.
        """
        ...
