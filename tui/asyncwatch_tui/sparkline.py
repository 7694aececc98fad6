"""A row of small bars: one column a step of time."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

from asyncwatch.model.view import WINDOW_COLUMNS

BARS: Final = "▁▂▃▄▅▆▇█"
HOLE: Final = "·"
HEADROOM: Final = 1.3
"""The scale ends above the highest column, so that a steady row does not look full."""


STEPS: Final = 6
"""Steps from the lowest bar to the top of the scale; the highest column is then a little over half a cell high."""


def sparkline(window: Sequence[float | None], width: int = WINDOW_COLUMNS) -> str:
    """Draw the newest columns of a window from 0 to HEADROOM times its highest; a column not looked at is a hole."""
    columns = newest_columns(window, width)
    highest = max((value for value in columns if value is not None and isfinite(value)), default=0.0)
    scale = STEPS / (highest * HEADROOM) if highest > 0 else 0.0
    return "".join(
        HOLE if value is None or not isfinite(value) else BARS[min(max(int(value * scale), 0), len(BARS) - 1)]
        for value in columns
    )


def share_sparkline(window: Sequence[float | None], width: int) -> str:
    """Draw shares between the lowest of the window and 1: a fall of a hundredth can be seen."""
    columns = newest_columns(window, width)
    lowest = min((value for value in columns if value is not None), default=1.0)
    span = max(1.0 - lowest, 1e-9)
    return "".join(
        HOLE
        if value is None
        else BARS[1 + min(max(round(5 * (value - lowest) / span), 0), 5)]
        if lowest < 1
        else BARS[5]
        for value in columns
    )


def condense(window: Sequence[float | None], width: int) -> list[float | None]:
    """Draw a window together into fewer columns, each the mean of those it stands for; a hole where all are holes."""
    count = len(window)
    if count <= width or width <= 0:
        return list(window)
    columns: list[float | None] = []
    for column in range(width):
        part = window[column * count // width : (column + 1) * count // width]
        known = [value for value in part if value is not None and isfinite(value)]
        columns.append(sum(known) / len(known) if known else None)
    return columns


def newest_columns(window: Sequence[float | None], width: int) -> list[float | None]:
    """Give the newest columns; where the window is shorter, holes before them."""
    newest: list[float | None] = list(window[-width:]) if width > 0 else []
    holes: list[float | None] = [None] * (width - len(newest))
    return holes + newest
