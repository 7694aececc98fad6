"""Durations as people write them: `PT5S`, `5s`, `1m30s`, or seconds."""

from __future__ import annotations

import math
import re
from typing import Final

_NUMBER = r"(\d{1,12}(?:\.\d{1,9})?)"
_ISO: Final = re.compile(
    rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.ASCII
)
_PARTS: Final = re.compile(rf"{_NUMBER}(ms|us|µs|s|m|h|d)", re.ASCII)
_WHOLE: Final = re.compile(rf"(?:{_NUMBER}(?:ms|us|µs|s|m|h|d))+", re.ASCII)
_UNITS_S: Final = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def parse_duration(value: object) -> float | None:
    """Read a duration: ISO 8601 without years and months, numbers with units, or a number of seconds.

    Units: seconds; None if it is no duration, or a negative one.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value < 1e12 and math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = value.strip()
    found = _ISO.fullmatch(text)
    if found is not None and len(text) > 1:
        weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return weeks * 604_800 + days * 86_400 + hours * 3600 + minutes * 60 + seconds
    if _WHOLE.fullmatch(text):
        return sum(float(number) * _UNITS_S[unit] for number, unit in _PARTS.findall(text))
    if re.fullmatch(_NUMBER, text, re.ASCII):
        return float(text)
    return None
