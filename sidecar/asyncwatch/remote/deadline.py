"""A moment by which everything is over, however many steps it takes."""

from __future__ import annotations

import time


class Unavailable(Exception):
    """What was asked for cannot be had; says why, without what the other side wrote."""


class Silent(Unavailable):
    """A host that does not answer at all, or not in time: asking it again is no use for now."""


class Deadline:
    """Units: `in_s` seconds from now."""

    def __init__(self, in_s: float) -> None:
        self.in_s = in_s
        self._end_s = time.monotonic() + in_s

    def left_s(self) -> float:
        """Give the seconds that are left, at least a few.

        Raises: Silent when none is.
        """
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise Silent("it takes too long")
        return max(left_s, 0.001)
