"""Nanoseconds since the epoch as RFC 3339 text and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_FORM = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_time(time_ns: int) -> str:
    """Write a time as RFC 3339 in UTC with microseconds, `…Z`.

    Raises: nothing; a time outside the years 1 to 9999 is written as the nearest of them.
    """
    seconds, rest_ns = divmod(time_ns, 1_000_000_000)
    return f"{_to_second(seconds)}.{rest_ns // 1000:06d}Z"


@lru_cache(256)  # what is written together mostly happened in the same few seconds
def _to_second(seconds: int) -> str:
    moment = datetime.fromtimestamp(min(max(seconds, -62_135_596_800), 253_402_300_799), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0")


def parse_time(text: str) -> int | None:
    """Read an RFC 3339 time.

    Units: nanoseconds since the epoch; None if the text is no such time.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, _, sign, off_hours, off_minutes = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC)
    except ValueError:
        return None
    since = moment - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    if second == "60":
        seconds += 1
    elif int(second) > 60:
        return None
    if sign is not None:
        offset = int(off_hours) * 3600 + int(off_minutes) * 60
        seconds += offset if sign == "-" else -offset
    return seconds * 1_000_000_000 + int((fraction or "").ljust(9, "0"))
