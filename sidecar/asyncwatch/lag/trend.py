"""Where a lag is going: messages a second, by a straight line through the polls of the last minute.

Source: facts on lag, B4 (velocity, dead-band, catch-up time).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from asyncwatch.lag.samples import Sample

Direction: TypeAlias = Literal["growing", "shrinking", "stable"]

_WINDOW_NS: Final = 60_000_000_000
_FEWEST: Final = 3
_BAND_SHARE: Final = 0.05
_BAND_LEAST: Final = 1.0


class Trend(Struct, frozen=True):
    """Units: messages a second; None under three polls. `rate_in` what came, `rate_out` what the group settled."""

    velocity: float | None = None
    rate_in: float | None = None
    rate_out: float | None = None
    direction: Direction | None = None


def trend_of(samples: Sequence[Sample], *, counted: bool = False) -> Trend:
    """Fit the polls of the last minute; what was not known in one of them is left out.

    `counted`: the broker counts what is pending, and positions count other consumers' messages as well: no rates then.
    """
    since_ns = samples[-1].time_ns - _WINDOW_NS
    recent = [sample for sample in samples if sample.time_ns >= since_ns]
    lags = [(sample.time_ns, sample.lag) for sample in recent if sample.lag is not None]
    ends = [(sample.time_ns, sample.end) for sample in recent if sample.end is not None]
    settled = [(sample.time_ns, sample.committed) for sample in recent if sample.committed is not None]
    rate_in, rate_out = (None, None) if counted else (_growth(ends), _growth(settled))
    velocity = _slope(lags)
    return Trend(velocity, rate_in, rate_out, direction_of(velocity, rate_in, recent[-1].lag))


def direction_of(velocity: float | None, rate_in: float | None, lag: int | None) -> Direction | None:
    """Give where a lag is going; what is inside the dead-band, or without lag, is stable."""
    if velocity is None or lag is None:
        return None
    band = max(_BAND_LEAST, _BAND_SHARE * (rate_in or 0.0))
    if lag == 0 or abs(velocity) <= band:
        return "stable"
    return "growing" if velocity > 0 else "shrinking"


def added(trends: Iterable[Trend], lag: int | None) -> Trend:
    """Give the trend of several partitions together; what is not known of one is left out."""
    found = list(trends)
    velocity = _total([one.velocity for one in found])
    rate_in = _total([one.rate_in for one in found])
    rate_out = _total([one.rate_out for one in found])
    return Trend(velocity, rate_in, rate_out, direction_of(velocity, rate_in, lag))


def catch_up_s(lag: int | None, trend: Trend) -> float | None:
    """Give the seconds until nothing is left at this rate; None = not known, or never while it does not shrink."""
    if lag == 0:
        return 0.0
    if lag is None or trend.velocity is None or trend.direction != "shrinking":
        return None
    return lag / -trend.velocity


def _total(known: Sequence[float | None]) -> float | None:
    given = [one for one in known if one is not None]
    return sum(given) if given else None


def _growth(points: Sequence[tuple[int, int]]) -> float | None:
    """Give the growth a second from the first to the last point; None where it fell: that is no rate."""
    if len(points) < _FEWEST or points[-1][1] < points[0][1]:
        return None
    return (points[-1][1] - points[0][1]) / ((points[-1][0] - points[0][0]) / 1e9)


def _slope(points: Sequence[tuple[int, int]]) -> float | None:
    if len(points) < _FEWEST:
        return None
    n, origin_ns = len(points), points[0][0]
    times_s = [(time_ns - origin_ns) / 1e9 for time_ns, _ in points]
    middle_s = sum(times_s) / n
    middle = sum(value for _, value in points) / n
    spread = sum((time_s - middle_s) ** 2 for time_s in times_s)
    if spread == 0:
        return None
    return (
        sum((time_s - middle_s) * (point[1] - middle) for time_s, point in zip(times_s, points, strict=True)) / spread
    )
