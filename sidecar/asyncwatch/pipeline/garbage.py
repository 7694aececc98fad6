"""Python's garbage collector, told what a long run of short-lived columns looks like.

Source: facts on performance, levers (`gc.freeze` after start, threshold 50,000); bench road.
"""

from __future__ import annotations

import gc
from typing import Final

_YOUNG: Final = 50_000


def settle_garbage() -> None:
    """Take everything that start-up made out of the collector's sight, and let it look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
