"""When the first unread record of a partition could be read: from our own reading, else from the broker, else not known.

Source: facts on lag, B2 (order of lookup).
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from asyncwatch.lag.position_times import PositionTimes

Source: TypeAlias = Literal["read", "probe", "estimated"]

_KEPT: Final = 256
AGAIN_NS: Final = 60_000_000_000
"""A record that could not be read is asked for again after a minute."""


class FirstUnread(NamedTuple):
    """Units: nanoseconds since the epoch."""

    time_ns: int
    source: Source


class UnreadTimes:
    """Times of single records of one partition, which the broker was asked for; the last 256 are kept."""

    __slots__ = ("_failed_ns", "_known")

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._failed_ns: dict[int, int] = {}

    def find(self, position: int, read: PositionTimes | None) -> FirstUnread | None:
        """Give the time of the first record at or after a position; None = not known."""
        if read is not None:
            time_ns = read.time_of(position)
            if time_ns is not None:
                return FirstUnread(time_ns, "read")
        known_ns = self._known.get(position)
        if known_ns is not None:
            return FirstUnread(known_ns, "probe")
        return self._between(position, read) if position in self._failed_ns else None

    def is_wanted(self, position: int, read: PositionTimes | None, now_ns: int) -> bool:
        """Tell whether the broker should be asked for a record."""
        if position in self._known or (read is not None and read.time_of(position) is not None):
            return False
        failed_ns = self._failed_ns.get(position)
        return failed_ns is None or now_ns - failed_ns >= AGAIN_NS

    def learn(self, position: int, time_ns: int | None, now_ns: int) -> None:
        """Take an answer; None = there is no such record, or it may not be read."""
        if time_ns is None:
            self._failed_ns[position] = now_ns
            _keep_last(self._failed_ns)
        else:
            self._failed_ns.pop(position, None)
            self._known[position] = min(time_ns, now_ns)
            _keep_last(self._known)

    def forget(self) -> None:
        self._known.clear()
        self._failed_ns.clear()

    def _between(self, position: int, read: PositionTimes | None) -> FirstUnread | None:
        """Draw a straight line between the nearest known records below and above; never beyond them."""
        below = max((one for one in self._known if one < position), default=None)
        above = min((one for one in self._known if one > position), default=None)
        if below is None:
            return None
        above_ns = self._known[above] if above is not None else None
        first = None if read is None else read.first_position
        if read is not None and first is not None and first > position and (above is None or first < above):
            above, above_ns = first, read.time_of(first)
        if above is None or above_ns is None:
            return None
        share = (position - below) / (above - below)
        return FirstUnread(round(self._known[below] + share * (above_ns - self._known[below])), "estimated")


def _keep_last(known: dict[int, int]) -> None:
    while len(known) > _KEPT:
        del known[next(iter(known))]
