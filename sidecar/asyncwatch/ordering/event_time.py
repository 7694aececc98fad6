"""Event times: RFC 3339, or a number whose length or declared unit tells what it counts.

Source: facts on ordering A1.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from asyncwatch.model.clock import parse_time

Unit = Literal["auto", "s", "ms", "us", "ns"]

_LONGEST: Final = 64
_NUMBER: Final = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,20}))?", re.ASCII)
_OF_UNIT: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_OF_DIGITS: Final = {10: 10**9, 13: 10**6, 16: 10**3, 19: 1}
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
