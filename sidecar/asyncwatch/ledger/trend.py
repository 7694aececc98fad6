"""How often the findings of a group occurred in the last five minutes, step by step, beside how long we looked.

Groups are many and most are still: a group keeps the steps in which it grew and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.model.view import TREND_COLUMNS, TREND_STEP_S

STEP_S: Final = 5
_KEPT: Final = TREND_COLUMNS * TREND_STEP_S // STEP_S
_IN_COLUMN: Final = TREND_STEP_S // STEP_S
_IN_MINUTE: Final = 60 // STEP_S

Steps = dict[int, int]
"""Step → occurrences in it; steps without any are left out."""


class Watched:
    """In which seconds each server was looked at; a server that nobody speaks of is looked at always."""

    def __init__(self) -> None:
        self._seconds = 0
        self._looked: dict[str, Steps] = {}
        self._always: Steps = {}
        self._known: dict[str, tuple[list[int], int]] = {}

    @property
    def step(self) -> int:
        """The step that runs now, counted from the beginning of the run."""
        return max(self._seconds - 1, 0) // STEP_S

    def tick(self, connected: Mapping[str, bool]) -> None:
        """Let a second pass."""
        self._seconds += 1
        self._known.clear()
        step = self.step
        grow(self._always, step, 1)
        for server, is_connected in connected.items():
            looked = self._looked.setdefault(server, {})
            if is_connected:
                grow(looked, step, 1)

    def columns(self, server: str, steps: Steps) -> list[float | None]:
        """Give the occurrences a second in each column, oldest first.

        Shape: TREND_COLUMNS long; the last column is the one that runs now; None where nobody looked.
        """
        seconds, _ = self._spans(server)
        counts = [0] * TREND_COLUMNS
        first = self.step // _IN_COLUMN - TREND_COLUMNS + 1
        for step, count in steps.items():
            column = step // _IN_COLUMN - first
            if column >= 0:
                counts[column] += count
        return [
            count / max(looked, 1) if looked or count else None for count, looked in zip(counts, seconds, strict=True)
        ]

    def rate(self, server: str, steps: Steps) -> float:
        """Give the occurrences a second over the last minute, or as much of it as was looked at."""
        _, looked = self._spans(server)
        first = self.step - _IN_MINUTE + 1
        return sum(count for step, count in steps.items() if step >= first) / max(looked, 1)

    def _spans(self, server: str) -> tuple[list[int], int]:
        """Give the seconds looked at in each column, and in the last minute; the same for all groups of a server."""
        known = self._known.get(server)
        if known is None:
            looked = self._looked.get(server, self._always)
            first = (self.step // _IN_COLUMN - TREND_COLUMNS + 1) * _IN_COLUMN
            in_step = [looked.get(step, 0) for step in range(first, first + TREND_COLUMNS * _IN_COLUMN)]
            columns = [sum(in_step[at : at + _IN_COLUMN]) for at in range(0, len(in_step), _IN_COLUMN)]
            minute = sum(looked.get(step, 0) for step in range(self.step - _IN_MINUTE + 1, self.step + 1))
            known = self._known[server] = columns, minute
        return known


def grow(steps: Steps, step: int, by: int) -> None:
    """Count in a step, and forget what is older than the oldest column."""
    steps[step] = steps.get(step, 0) + by
    if len(steps) > _KEPT:
        for old in [one for one in steps if one <= step - _KEPT]:
            del steps[old]


def is_over(steps: Steps, step: int) -> bool:
    """Tell whether nothing in these steps shows any more."""
    return all(one <= step - _KEPT for one in steps)
