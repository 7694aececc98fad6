"""The last minute of a number: sampled once a second, shown in columns of six."""

from __future__ import annotations

from collections import deque

from asyncwatch.model.histogram import Histogram
from asyncwatch.model.view import WINDOW_COLUMNS, WINDOW_STEP_S

_KEPT = WINDOW_COLUMNS * WINDOW_STEP_S


class Series:
    """Growth of a counter, second by second; None = nobody looked (the server was away)."""

    __slots__ = ("_last", "_steps")

    def __init__(self) -> None:
        self._last = 0
        self._steps: deque[int | None] = deque(maxlen=_KEPT)

    def sample(self, total: int, *, looked: bool) -> None:
        """Note the counter's value at the end of a second."""
        grown = total - self._last
        self._last = total
        self._steps.append(grown if looked or grown else None)

    def go_on(self, counted: int) -> None:
        """Go on with another counter that begins at 0, where this one had counted so far."""
        self._last -= counted

    def rate(self) -> float | None:
        """Give the growth a second over the last minute, or as much of it as was looked at; None = not at all."""
        known = [step for step in self._steps if step is not None]
        return sum(known) / len(known) if known else None

    def columns(self) -> list[float | None]:
        """Give the growth a second in each column, oldest first.

        Shape: WINDOW_COLUMNS long; None where nobody looked.
        """
        steps: list[int | None] = [None] * (_KEPT - len(self._steps))
        steps.extend(self._steps)
        columns: list[float | None] = []
        for start in range(0, _KEPT, WINDOW_STEP_S):
            known = [step for step in steps[start : start + WINDOW_STEP_S] if step is not None]
            columns.append(sum(known) / len(known) if known else None)
        return columns


class RecentLatency:
    """Percentiles of the last minute, from what a growing histogram gained since."""

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        self._marks: deque[dict[int, int]] = deque(maxlen=WINDOW_COLUMNS)

    def mark(self, histogram: Histogram) -> None:
        """Remember the counts at the end of a column."""
        self._marks.append(dict(histogram.counts) | {-(1 << 30): histogram.zero})

    def recent(self, histogram: Histogram) -> Histogram:
        """Give what was counted since the oldest mark."""
        gained = Histogram()
        before = self._marks[0] if self._marks else {}
        gained.counts = {
            index: count - before.get(index, 0)
            for index, count in histogram.counts.items()
            if count > before.get(index, 0)
        }
        gained.zero = histogram.zero - before.get(-(1 << 30), 0)
        gained.total = sum(gained.counts.values()) + gained.zero
        gained.largest = histogram.largest if gained.total else None
        return gained
