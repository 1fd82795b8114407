"""What a machine's own troubles look like when they come out of CTranslate2: plain RuntimeErrors with the driver's words in them."""

import re
from enum import Enum, auto


class Trouble(Enum):
    """What is the matter with the machine."""

    MEMORY = auto()
    """No room. The card and the model are sound: less at a time may do."""
    DEVICE = auto()
    """The card, its driver or its libraries. Nothing more can be computed on it in this process."""


# What it says was looked up in the sources of CTranslate2 4.8 (`src/cuda/utils.h`, `src/cpu/allocator.cc`) and in its binary, which
# carries CUDA's own sentences; thrust, inside it, has a form of its own. std::bad_alloc arrives as MemoryError.
_MEMORY = re.compile(
    r"out of memory|STATUS_ALLOC_FAILED|failed to allocated? memory|cudaErrorMemoryAllocation", re.IGNORECASE
)
_DEVICE = re.compile(r"\bcuda|cublas|cudnn|libcu|\bnvrtc", re.IGNORECASE)


def trouble(error: BaseException) -> Trouble | None:
    """Which trouble an exception means; None when it is not the machine's."""
    if isinstance(error, MemoryError):
        return Trouble.MEMORY
    if not isinstance(error, RuntimeError | ValueError | OSError):
        return None
    said = str(error)
    if _MEMORY.search(said):
        return Trouble.MEMORY
    return Trouble.DEVICE if _DEVICE.search(said) else None
