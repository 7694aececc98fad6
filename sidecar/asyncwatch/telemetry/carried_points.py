"""Points as bytes, from a worker to the process that adds them up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from asyncwatch.model.distribution import Distribution, Exemplar
from asyncwatch.telemetry.catalogue import CATALOGUE
from asyncwatch.telemetry.points import Attributes, HistogramPoint, NumberPoint, Point


class _Number(Struct, array_like=True):
    metric: str
    attributes: Attributes
    value: int | float
    example: Exemplar | None


class _Histogram(Struct, array_like=True):
    """`total` is text: a sum of nanoseconds can be longer than 64 bits."""

    metric: str
    attributes: Attributes
    bounds: tuple[int, ...]
    counts: list[int]
    total: str
    divisor: int
    examples: list[Exemplar | None]


class _Carried(Struct, array_like=True):
    numbers: list[_Number]
    histograms: list[_Histogram]


_DECODER: Final = msgspec.msgpack.Decoder(_Carried)


def pack_points(points: Iterable[Point]) -> bytes:
    """Write points."""
    carried = _Carried([], [])
    for one in points:
        if isinstance(one, NumberPoint):
            carried.numbers.append(_Number(one.metric.name, one.attributes, one.value, one.exemplar))
        else:
            found = one.distribution
            carried.histograms.append(
                _Histogram(
                    one.metric.name, one.attributes, found.bounds, found.counts, str(found.total), one.divisor,
                    list(one.exemplars),
                )
            )  # fmt: skip
    return msgspec.msgpack.encode(carried)


def unpack_points(packed: bytes) -> list[Point]:
    """Read what `pack_points` wrote; b"" = nothing."""
    if not packed:
        return []
    carried = _DECODER.decode(packed)
    points: list[Point] = [
        NumberPoint(CATALOGUE[one.metric], one.attributes, one.value, one.example) for one in carried.numbers
    ]
    points += [
        HistogramPoint(
            CATALOGUE[one.metric], one.attributes, Distribution(one.bounds, one.counts, int(one.total)), one.divisor,
            one.examples,
        )
        for one in carried.histograms
    ]  # fmt: skip
    return points
