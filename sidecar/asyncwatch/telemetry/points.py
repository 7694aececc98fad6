"""Measured values on their way out: neutral, so that OTLP and Prometheus write the same numbers.

Rule 1: what is not known has no point; a point of 0 was counted.
Rule 2: a value that another program reads as a label holds no control character and has a bounded length; one that had
to be changed for that ends in a digest, so that two values never become one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from asyncwatch.model.distribution import Distribution, Exemplar
from asyncwatch.telemetry.catalogue import Metric
from asyncwatch.telemetry.log import printable

Attributes: TypeAlias = tuple[tuple[str, str], ...]
"""Keys in the order of the catalogue, and their values."""

LONGEST_VALUE: Final = 200
UNDOCUMENTED: Final = "_undocumented"
"""The destination of all messages on addresses that nobody documented."""


class NumberPoint(NamedTuple):
    """A counter's or gauge's value; `exemplar` is a message that it counts, its value always 1."""

    metric: Metric
    attributes: Attributes
    value: float
    exemplar: Exemplar | None = None


class HistogramPoint(NamedTuple):
    """A distribution in the metric's unit: its numbers divided by `divisor`.

    Shape: `exemplars` is as long as the distribution's counts, or empty.
    """

    metric: Metric
    attributes: Attributes
    distribution: Distribution
    divisor: int = 1
    exemplars: Sequence[Exemplar | None] = ()


Point: TypeAlias = NumberPoint | HistogramPoint


def label(text: str) -> str:
    """Make a text from outside harmless as a value of an attribute."""
    safe = printable(text[:LONGEST_VALUE]).encode("utf-8", "replace").decode()
    if safe == text and text != UNDOCUMENTED:
        return text
    return f"{safe}~{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
