"""How long to wait before the next try: jittered, exponential, for ever.

Source: facts on taps, §4 (0.25 s to 30 s).
"""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 0.25
LONGEST_S: Final = 30.0
REFUSED_S: Final = 30.0


class Backoff:
    """Doubles from 0.25 s to 30 s; each wait is drawn from the upper half, so that many sidecars do not march in step."""

    def __init__(self) -> None:
        self.attempt = 0

    def next_s(self) -> float:
        """Give the next wait in seconds."""
        bound: float = min(LONGEST_S, FIRST_S * 2.0**self.attempt)
        self.attempt = min(self.attempt + 1, 16)
        return bound * random.uniform(0.5, 1.0)  # noqa: S311 # spreads load, guards nothing

    def reset(self) -> None:
        self.attempt = 0
