"""Metrics as rotel prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ATTRIBUTE = re.compile(r" +-> (.+?): (?:Str|Int|Bool|Double)\((.*)\)")
_VALUE = re.compile(r"(?:Value|Count): (.+)")


@dataclass
class PrintedPoint:
    """One data point; of a histogram the count."""

    metric: str
    value: float = 0.0
    attributes: dict[str, str] = field(default_factory=dict)


def read_points(text: str) -> tuple[dict[str, str], list[PrintedPoint]]:
    """Take rotel's log apart: resource, and points."""
    resource: dict[str, str] = {}
    points: list[PrintedPoint] = []
    into, metric = resource, ""
    for line in text.splitlines():
        if line.startswith("     -> Name: "):
            metric = line.removeprefix("     -> Name: ")
        elif "DataPoints #" in line:
            points.append(PrintedPoint(metric))
            into = points[-1].attributes
        elif (found := _ATTRIBUTE.fullmatch(line)) is not None:
            into[found[1]] = found[2]
        elif points and (value := _VALUE.fullmatch(line)) is not None:
            points[-1].value = float(value[1])
    return resource, points
