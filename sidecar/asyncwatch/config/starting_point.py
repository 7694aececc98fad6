"""Starting points as people write them."""

from __future__ import annotations

from asyncwatch.model.clock import parse_time
from asyncwatch.reading.duration import parse_duration


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
