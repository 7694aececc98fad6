"""Which findings become events of their own: one broken producer must not become a flood of log records.

Rule 1: seconds and hours are those of the messages' own clock, so that a test and a live run are cut alike.
Rule 2: what the cap holds back is counted, and told in one event with a number.
Source: interfaces.md §1 and §3 (caps); facts on telemetry §6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from asyncwatch.tracing.sampling import ViolationCap

_SECOND_NS: Final = 1_000_000_000
_HOUR_NS: Final = 3_600 * _SECOND_NS
_MOST_CAUSES: Final = 10_000
_IDLE_S: Final = 10

_UNDOCUMENTED: Final = "channel.undocumented"
_INVALID_CONTEXT: Final = "context.invalid"

ALREADY_SAID: Final = "already_said"
SAMPLED_OUT: Final = "sampled_out"
CAPPED: Final = "capped"
"""Reasons why a finding got no event of its own."""


class Cause(NamedTuple):
    """What events are capped by; the address tells undocumented channels apart."""

    server: str
    channel: str | None
    address: str | None
    rule: str
    severity: str


@dataclass(slots=True)
class HeldBack:
    """What one cause has sent in its current second, and what it may not since that was last told."""

    second: int
    sent: int = 0
    count: int = 0
    last_ns: int = 0


class EventNoise:
    """Decides which findings become events. `per_second`: events of one cause, None = all."""

    def __init__(self, per_second: int | None) -> None:
        self._per_second = per_second
        self._said: dict[tuple[str, str | None], int] = {}
        self._contexts = ViolationCap()
        self._causes: dict[Cause, HeldBack] = {}
        self.left_out: Counter[str] = Counter()
        """Findings that got no event of their own, by reason."""

    def admits(
        self, server: str, channel: str | None, address: str | None, rule: str, severity: str, time_ns: int
    ) -> bool:
        """Tell whether a finding becomes an event; count it otherwise."""
        if rule == _UNDOCUMENTED:  # every message of such an address comes by here
            admitted, reason = self._is_news((server, address), time_ns), ALREADY_SAID
        elif rule == _INVALID_CONTEXT:
            admitted, reason = self._contexts.admits(channel or address, rule, time_ns), SAMPLED_OUT
        elif self._per_second is None:
            return True
        else:
            cause = Cause(server, channel, address, rule, severity)
            admitted, reason = self._fits(cause, time_ns, self._per_second), CAPPED
        if not admitted:
            self.left_out[reason] += 1
        return admitted

    def _is_news(self, place: tuple[str, str | None], time_ns: int) -> bool:
        """An undocumented address is said once an hour."""
        last_ns = self._said.get(place)
        if last_ns is not None and time_ns - last_ns < _HOUR_NS:
            return False
        if last_ns is None and len(self._said) >= _MOST_CAUSES:
            del self._said[next(iter(self._said))]
        self._said[place] = time_ns
        return True

    def _fits(self, cause: Cause, time_ns: int, per_second: int) -> bool:
        second = time_ns // _SECOND_NS
        seen = self._causes.get(cause)
        if seen is None:
            seen = self._causes[cause] = HeldBack(second)
        elif second > seen.second:
            seen.second, seen.sent = second, 0
        if seen.sent < per_second:
            seen.sent += 1
            return True
        seen.count += 1
        seen.last_ns = max(seen.last_ns, time_ns)
        return False

    @property
    def is_full(self) -> bool:
        """Whether the table has to be told and emptied before a new cause fits in."""
        return len(self._causes) >= _MOST_CAUSES

    def tell(self, *, forget: bool = False) -> Iterator[tuple[Cause, int, int]]:
        """Give each cause that was held back since the last time, how often, and when last; idle ones are forgotten."""
        newest = max((seen.second for seen in self._causes.values()), default=0)
        for cause, seen in list(self._causes.items()):
            if seen.count:
                yield cause, seen.count, seen.last_ns
                seen.count = 0
            if forget or newest - seen.second > _IDLE_S:
                del self._causes[cause]
