"""Event times: RFC 3339, or a number whose length or declared unit tells what it counts.

Source: facts on ordering A1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from asyncwatch.model.clock import parse_time

Unit = Literal["auto", "s", "ms", "us", "ns"]

_LONGEST: Final = 64
_NUMBER: Final = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)
_OF_UNIT: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_OF_DIGITS: Final = {10: 10**9, 13: 10**6, 16: 10**3, 19: 1}
_REMEMBERED: Final = 4096
_LATEST_NS: Final = 2**63 - 1


def parse_event_time(value: object, unit: Unit = "auto") -> int | None:
    """Read an event time.

    Units: nanoseconds since the epoch; None if the value is no time.
    """
    if isinstance(value, bytes):
        if len(value) > _LONGEST:
            return None
        try:
            value = value.decode("ascii")
        except UnicodeDecodeError:
            return None
    elif isinstance(value, bool):
        return None
    elif isinstance(value, int | float):
        if not abs(value) <= _LATEST_NS:  # also what is not a number
            return None
        value = str(value) if isinstance(value, int) else f"{value:.9f}"
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text = value.strip()
    found = _NUMBER.fullmatch(text)
    if found is None:
        return parse_time(text)
    sign, digits, fraction = found.groups()
    if unit == "auto":
        of_one = 10**9 if fraction is not None and fraction.strip("0") else _OF_DIGITS.get(len(digits), 0)
        if not of_one:
            return None
    else:
        of_one = _OF_UNIT[unit]
    time_ns = int(digits) * of_one
    if fraction is not None:
        time_ns += int(fraction.ljust(9, "0")[:9]) * of_one // 10**9
    time_ns = -time_ns if sign else time_ns
    return time_ns if abs(time_ns) <= _LATEST_NS else None


class EventTimeReader:
    """Reads columns of event times; the seconds and the fractions that were read of late are remembered.

    Messages that come together share their second, and a thousand fractions are all there are of milliseconds. What it
    gives is what `parse_event_time` gives, value by value.
    """

    __slots__ = ("_fractions", "_seconds", "_unit")

    def __init__(self, unit: Unit) -> None:
        self._unit: Unit = unit
        self._seconds: dict[bytes, int] = {}
        """`2026-01-31T12:00:00` → nanoseconds since the epoch."""
        self._fractions: dict[bytes, int] = {}
        """`.123Z` → nanoseconds."""

    def read(self, values: Sequence[object]) -> list[int | None]:
        """Read a column.

        Shape: as long as `values`; None = no value, or one that is no time. Units: nanoseconds since the epoch.
        Cost: bench loop[freshness].
        """
        second_ns, fraction_ns = self._seconds.get, self._fractions.get
        times: list[int | None] = []
        add = times.append
        for value in values:
            if value.__class__ is bytes:
                base_ns, rest_ns = second_ns(value[:19]), fraction_ns(value[19:])
                if base_ns is not None and rest_ns is not None:
                    add(base_ns + rest_ns)
                else:
                    add(self._learn(value))
            else:
                add(None if value is None else parse_event_time(value, self._unit))
        return times

    def _learn(self, value: bytes) -> int | None:
        """Read a text whose second or fraction is new, and remember both."""
        time_ns = parse_event_time(value, self._unit)
        fraction = value[20:-1]
        if time_ns is None or value[19:20] != b"." or value[-1:] != b"Z" or not fraction.isdigit():
            return time_ns
        base_ns = parse_event_time(value[:19] + b"Z", self._unit)
        if base_ns is not None:
            if len(self._seconds) >= _REMEMBERED:
                self._seconds.clear()
            self._seconds[value[:19]] = base_ns
            if len(self._fractions) >= _REMEMBERED:
                self._fractions.clear()
            self._fractions[value[19:]] = time_ns - base_ns
        return time_ns
