"""Durations and starting points as people write them."""

from __future__ import annotations

import re
from typing import Final

from asyncwatch.model.clock import parse_time

_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_PLAIN: Final = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_ISO: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)
_LONGEST: Final = 40


def parse_duration(text: str) -> float | None:
    """Read `90s`, `1h30m`, `500ms`, `PT5M` or plain seconds.

    Units: seconds; None if the text is no duration.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if re.fullmatch(r"\d+(?:\.\d+)?", text, re.ASCII):
        return float(text)
    if _PLAIN.fullmatch(text):
        return sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(text))
    found = _ISO.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (float(part) if part else 0.0 for part in found.groups())
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds


def parse_since(text: str, now_ns: int) -> tuple[str, int] | None:
    """Read a starting point: `now`, `earliest`, a duration back from now, or an RFC 3339 time.

    Shape: (kind, nanoseconds since the epoch); None if the text is none of them.
    """
    if text in {"now", "earliest"}:
        return text, 0
    moment = parse_time(text)
    if moment is not None:
        return "time", moment
    back_s = parse_duration(text)
    return None if back_s is None else ("time", now_ns - int(back_s * 1e9))
