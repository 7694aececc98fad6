"""At most so many lines a second for each cause; the rest is counted and told in one line.

Rule 1: a second is one of the messages' own clock, so that a test and a live run are cut alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_SECOND_NS: Final = 1_000_000_000
_MOST_CAUSES: Final = 10_000
_IDLE_S: Final = 10


class Cause(NamedTuple):
    """What lines are counted by; the address tells undocumented channels apart."""

    server: str
    channel: str | None
    address: str | None
    rule: str


@dataclass(slots=True)
class Suppressed:
    """What one cause has written in its current second, and what it may not write since it was last told."""

    second: int
    written: int = 0
    count: int = 0
    first_ns: int = 0
    last_ns: int = 0


class LineCap:
    """Decides which findings get a line."""

    def __init__(self, lines_per_s: int) -> None:
        self._lines_per_s = lines_per_s
        self._causes: dict[Cause, Suppressed] = {}
        self.count = 0
        """Suppressed and not told yet."""
        self.all = 0
        """Suppressed, told or not."""

    @property
    def is_full(self) -> bool:
        """Whether the table has to be told and emptied before a new cause fits in."""
        return len(self._causes) >= _MOST_CAUSES

    def admits(self, cause: Cause, time_ns: int) -> bool:
        """Tell whether a finding gets its line; count it otherwise."""
        second = time_ns // _SECOND_NS
        seen = self._causes.get(cause)
        if seen is None:
            seen = self._causes[cause] = Suppressed(second)
        elif second > seen.second:
            seen.second, seen.written = second, 0
        if seen.written < self._lines_per_s:
            seen.written += 1
            return True
        if not seen.count:
            seen.first_ns = time_ns
        seen.count += 1
        seen.last_ns = time_ns
        self.count += 1
        self.all += 1
        return False

    def tell(self, *, forget: bool = False) -> Iterator[tuple[Cause, Suppressed]]:
        """Give what was suppressed since the last time; idle causes are forgotten, or all of them."""
        newest = max((seen.second for seen in self._causes.values()), default=0)
        for cause, seen in list(self._causes.items()):
            if seen.count:
                yield cause, seen
                self.count -= seen.count
                seen.count = 0
            if forget or newest - seen.second > _IDLE_S:
                del self._causes[cause]
