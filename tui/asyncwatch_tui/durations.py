"""Durations, ages and the clock as the dashboard writes them; durations are cut, never rounded up."""

from __future__ import annotations

from math import floor, isfinite

from asyncwatch.model.clock import format_time, parse_time
from asyncwatch_tui.numbers import UNKNOWN

_NOW_S = 0.2
"""What was seen this short a time ago is seen now."""


def format_latency(seconds: float | None) -> str:
    """Write a latency: 0 ms, <1 ms, 3 ms, 410 ms, 1.2 s."""
    if seconds is None or not isfinite(seconds):
        return UNKNOWN
    if 0 < seconds < 0.001:
        return "<1 ms"
    return f"{floor(round(max(seconds, 0) * 1000, 6))} ms" if seconds < 1 else format_duration(seconds)


def format_duration(seconds: float | None) -> str:
    """Write a duration with at most two units: 0.4 s, 48.2 s, 4 m 10 s, 1 h 10 m, 11 d."""
    if seconds is None or not isfinite(seconds):
        return UNKNOWN
    seconds = max(seconds, 0.0)
    if seconds < 60:
        tenths = floor(round(seconds * 10, 6))
        return f"{tenths // 10}.{tenths % 10} s"
    return _long(floor(seconds))


def format_age(seconds: float | None) -> str:
    """Write how long ago something was: now, 0.4 s, 12 s, 4 m 10 s."""
    if seconds is None or not isfinite(seconds):
        return UNKNOWN
    if seconds < _NOW_S:
        return "now"
    return format_duration(seconds) if seconds < 10 else format_whole(seconds)


def format_whole(seconds: float) -> str:
    """Write a duration in whole seconds: 0 s, 42 s, 4 m 10 s."""
    whole = max(floor(seconds), 0)
    return f"{whole} s" if whole < 60 else _long(whole)


def fit_duration(text: str, width: int) -> str:
    """Give a written duration a width: the smaller unit goes first, then the unit that is left loses its blank."""
    if len(text) > width:
        text = " ".join(text.split(" ")[:2])
    if len(text) > width and text.endswith(" ms"):
        text = f"0.{text[:-3].zfill(3)[0]} s"
    if len(text) > width:
        text = text.replace(" ", "")
    return text if len(text) <= width else ">" + "9" * (width - 2) + text[-1]


def seconds_between(earlier: str | None, later_ns: int) -> float | None:
    """Give the seconds from a written time to a moment; None where there is no time."""
    time_ns = None if earlier is None else parse_time(earlier)
    return None if time_ns is None else (later_ns - time_ns) / 1e9


def clock_of(time_ns: int) -> str:
    """Write the time of day in UTC: 14:02:11."""
    return format_time(time_ns)[11:19]


def clock_of_text(text: str | None) -> str:
    """Write the time of day of a written time; `–` where it is none."""
    time_ns = None if text is None else parse_time(text)
    return UNKNOWN if time_ns is None else clock_of(time_ns)


def _long(seconds: int) -> str:
    if seconds < 3600:
        large, small, names = seconds // 60, seconds % 60, "ms"
    elif seconds < 86_400:
        large, small, names = seconds // 3600, seconds % 3600 // 60, "hm"
    else:
        large, small, names = seconds // 86_400, seconds % 86_400 // 3600, "dh"
        if large >= 10:
            small = 0
    return f"{large} {names[0]} {small} {names[1]}" if small else f"{large} {names[0]}"
