"""Counts, rates, sizes and shares as the dashboard writes them.

Rule 1: what is not known is `–`, never 0; what is small is never written as 0 either.
Rule 2: a share is cut, not rounded; 100 stands only where nothing was wrong.
"""

from __future__ import annotations

from math import floor, isfinite
from typing import Final

UNKNOWN: Final = "–"
_PREFIXES: Final = ("", "k", "M", "G", "T", "P", "E")


def three_digits(value: float) -> str:
    """Write a number of zero or more with three digits and an SI prefix: 0.20, 77.4, 412, 1.21k."""
    if not isfinite(value):
        return UNKNOWN
    for prefix in _PREFIXES:
        text = _digits(value)
        if float(text) < 1000:
            return text + prefix
        value /= 1000
    return ">999E"


def format_count(count: int | None) -> str:
    """Write a count: in full up to 9 999, then three digits."""
    if count is None:
        return UNKNOWN
    if count < 0:
        return "−" + format_count(-count)
    return f"{count:,}".replace(",", " ") if count <= 9999 else three_digits(count)


def in_full(number: int) -> str:
    """Write a number with all its digits, thousands parted: an offset is looked up, not weighed."""
    return f"{number:,}".replace(",", " ") if number >= 0 else f"−{in_full(-number)}"


def fit_count(count: int | None, width: int) -> str:
    """Write a count into a width, with fewer digits where it must."""
    text = format_count(count)
    if count is None or len(text) <= width:
        return text
    value: float = count
    for prefix in _PREFIXES:
        if round(value) < 1000:
            for form in (_digits(value), f"{value:.1f}" if value < 9.95 else f"{value:.0f}", f"{value:.0f}"):
                if len(form) + len(prefix) <= width:
                    return form + prefix
            break
        value /= 1000
    return ">" + "9" * (width - 1)


def format_rate(rate: float | None) -> str:
    """Write a rate with three digits.

    Units: as given, usually messages a second.
    """
    if rate is None or not isfinite(rate):
        return UNKNOWN
    if rate == 0:
        return "0"
    if rate < 0:
        return "−" + format_rate(-rate)
    return "<0.01" if rate < 0.005 else three_digits(rate)


def format_change(rate: float | None) -> str:
    """Write a signed change a second: −40.8k/s, +3.10/s, ±0."""
    if rate is None or not isfinite(rate):
        return UNKNOWN
    if rate == 0:
        return "±0"
    return f"{'+' if rate > 0 else '−'}{format_rate(abs(rate))}/s"


def format_bytes(size_bytes: int | None) -> str:
    """Write a size: 344 B, 61 kB, 3.8 MB."""
    if size_bytes is None:
        return UNKNOWN
    if size_bytes < 1000:
        return f"{size_bytes} B"
    value: float = size_bytes
    for prefix in _PREFIXES[1:]:
        value /= 1000
        text = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
        if float(text) < 1000:
            return f"{text} {prefix}B"
    return ">999 EB"


def format_share(share: float | None) -> str:
    """Write a share as percent without the sign: 100, 99.57, 83.1, 0."""
    if share is None or not isfinite(share):
        return UNKNOWN
    if share >= 1:
        return "100"
    if share <= 0:
        return "0"
    hundredths = min(floor(round(share * 10_000, 6)), 9_999)
    if hundredths >= 9_000:
        return f"{hundredths // 100}.{hundredths % 100:02d}"
    tenths = hundredths // 10
    return f"{tenths // 10}.{tenths % 10}" if tenths else "<0.1"


def format_whole_share(share: float | None) -> str:
    """Write a share as whole percent: 100, 83, <1, 0."""
    if share is None or not isfinite(share):
        return UNKNOWN
    if share >= 1:
        return "100"
    if share <= 0:
        return "0"
    whole = min(floor(round(share * 100, 6)), 99)
    return str(whole) if whole else "<1"


def _digits(value: float) -> str:
    if value < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
