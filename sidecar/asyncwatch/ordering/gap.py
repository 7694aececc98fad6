"""The numbers that a key misses: gaps as they opened, and the ranges that are still missing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final

from asyncwatch.ordering.rows import Place

if TYPE_CHECKING:
    from asyncwatch.ordering.probation import Probation

OPEN: Final = 0
LOST: Final = 1
UNOBSERVED: Final = 2


class Gap:
    """Numbers that were skipped at once.

    `low` and `high` stay as they opened; `missing` numbers of them have not come. `base` is the key's message count
    that this gap counts later messages from.
    """

    __slots__ = ("base", "high", "low", "missing", "opened_ns", "place", "state", "status")

    def __init__(
        self,
        state: KeyState,
        low: int,
        high: int,
        missing: int,
        place: Place,
        opened_ns: int,
        base: int,
        status: int,
    ) -> None:
        self.state = state
        self.low = low
        self.high = high
        self.missing = missing
        self.place = place
        self.opened_ns = opened_ns
        self.base = base
        self.status = status


class KeyState:
    """A key that is not simply in order: its missing ranges, sorted, each with the gap it is left of.

    Shape: `lows`, `highs` and `gaps` are equally long. `highest` is stale while the key stands in the fast table.
    """

    __slots__ = (
        "count",
        "first",
        "gaps",
        "highest",
        "highs",
        "key",
        "lows",
        "open",
        "probation",
        "seen_at",
        "window_at",
    )

    def __init__(self, key: Hashable, first: int, highest: int, seen_at: int) -> None:
        self.key = key
        self.first = first
        self.highest = highest
        self.seen_at = seen_at
        """How many observation gaps there had been when the key's last message came."""
        self.lows: list[int] = []
        self.highs: list[int] = []
        self.gaps: list[Gap] = []
        self.open: list[Gap] = []
        """The gaps whose numbers are awaited."""
        self.count = 0
        """Messages judged while gaps were open."""
        self.window_at = 0
        """No open gap has its window of later messages before the count reaches this."""
        self.probation: Probation | None = None

    def find(self, number: int) -> int:
        """Give the index of the missing range that a number lies in; -1 if it lies in none."""
        at = bisect_right(self.lows, number) - 1
        return at if at >= 0 and number <= self.highs[at] else -1

    def insert(self, gap: Gap) -> None:
        """Add a whole gap; it overlaps no other."""
        at = bisect_left(self.lows, gap.low)
        self.lows.insert(at, gap.low)
        self.highs.insert(at, gap.high)
        self.gaps.insert(at, gap)

    def remove(self, at: int) -> None:
        """Forget one missing range."""
        del self.lows[at], self.highs[at], self.gaps[at]

    def fill(self, at: int, number: int, step: int) -> int:
        """Take a number out of a missing range; give by how much the number of ranges grew: -1, 0 or 1."""
        low, high = self.lows[at], self.highs[at]
        if low == high:
            self.remove(at)
            return -1
        if number == low:
            self.lows[at] = low + step
        elif number == high:
            self.highs[at] = high - step
        else:
            self.highs[at] = number - step
            self.lows.insert(at + 1, number + step)
            self.highs.insert(at + 1, high)
            self.gaps.insert(at + 1, self.gaps[at])
            return 1
        return 0

    def span(self, gap: Gap) -> tuple[int, int]:
        """Give the lowest and the highest number of a gap that are still missing."""
        at = [index for index, one in enumerate(self.gaps) if one is gap]
        return self.lows[at[0]], self.highs[at[-1]]

    def count_above(self, number: int) -> None:
        """Count a message for the open gaps that lie below its number."""
        if self.open:
            self.count += 1
            for gap in self.open:
                if gap.high >= number:
                    gap.base += 1
