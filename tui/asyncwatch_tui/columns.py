"""The fixed column plan of the channel table for a width."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple


class Column(NamedTuple):
    """A column. Units: `start` and `width` in cells; `start` counts from the left edge of the screen."""

    id: str
    title: str
    start: int
    width: int

    @property
    def end(self) -> int:
        return self.start + self.width


WIDE_FROM: Final = 110
"""Narrower screens have short titles, a small sparkline and no fold signs."""
_EDGE: Final = 2
_WIDE: Final = (
    ("state", "state", 10, 0), ("name", "channel", 0, 1), ("rate", "msg/s", 5, 1), ("window", "last min", 10, 1),
    ("valid", "valid %", 6, 1), ("violations", "viol.", 5, 1), ("gaps", "gaps", 4, 1), ("late", "late", 4, 1),
    ("dup", "dup", 3, 1), ("lag", "lag", 6, 1), ("p50", "p50", 5, 1), ("p99", "p99", 6, 1), ("trace", "trace", 5, 1),
    ("seen", "seen", 6, 1),
)  # fmt: skip
_NARROW: Final = (
    ("state", "state", 9, 0), ("name", "channel", 0, 1), ("rate", "msg/s", 5, 1), ("window", "1 min", 6, 1),
    ("valid", "valid", 5, 1), ("violations", "viol.", 5, 2), ("gaps", "gaps", 4, 1), ("late", "late", 4, 1),
    ("dup", "dup", 3, 1), ("lag", "lag", 6, 1), ("p50", "p50", 5, 1), ("p99", "p99", 6, 1), ("trace", "trace", 5, 1),
    ("seen", "seen", 6, 1),
)  # fmt: skip
_DROPPED_FIRST: Final = ("trace", "p99", "p50", "dup", "late", "seen", "window")
_NAME_WIDE: Final = 24
_NAME_NARROW: Final = 22
_NAME_MOST: Final = 60


@lru_cache(maxsize=64)
def plan_columns(width: int) -> tuple[Column, ...]:
    """Lay out the columns for a screen's width; the name takes what the others leave.

    Source: looks/guide.md §8 (the order in which columns go).
    """
    wide = width >= WIDE_FROM
    table = list(_WIDE if wide else _NARROW)
    least = _NAME_WIDE if wide else _NAME_NARROW

    def left_for_name() -> int:
        return width - 2 * _EDGE - sum(size + gap for _, _, size, gap in table)

    for name in _DROPPED_FIRST:
        if left_for_name() >= least:
            break
        table = [column for column in table if column[0] != name]
    name_width = min(max(left_for_name(), 1), _NAME_MOST)
    columns = []
    at = _EDGE
    for id_, title, size, gap in table:
        at += gap
        columns.append(Column(id_, title, at, name_width if id_ == "name" else size))
        at += name_width if id_ == "name" else size
    return tuple(columns)
