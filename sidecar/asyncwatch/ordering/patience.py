"""How a sequence counts, and how long its missing numbers are awaited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asyncwatch.model.route import OrderingRule

SECOND_NS: Final = 1_000_000_000
SILENT_NS: Final = SECOND_NS
"""How long a gap stays silent: a swap of two neighbours makes no noise (facts A3)."""
SILENT_ACROSS_PARTITIONS_NS: Final = 5 * SECOND_NS
PROBATION_NS: Final = 30 * SECOND_NS
INTERLEAVED_NS: Final = 3600 * SECOND_NS
"""Interleaved producers are told once an hour."""
KEYS: Final = 1_000_000
DIGESTS: Final = 65_536
RANGES_OF_KEY: Final = 1_000
RANGES: Final = 65_536
"""Missing ranges remembered over all keys of a route: beyond, the oldest is given up."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The numbers of an ordering rule as a tracker uses them.

    Units: `window` later messages; `distance` that many numbers; `_ns` nanoseconds.
    """

    start: int | None = None
    step: int = 1
    modulus: int | None = None
    window: int = 1000
    lost_after_ns: int = 60 * SECOND_NS
    silent_ns: int = SILENT_NS

    @property
    def distance(self) -> int:
        return self.window * self.step

    @property
    def beginnings(self) -> frozenset[int]:
        """Give the numbers at which a producer that was started again usually begins."""
        return frozenset({0, 1} if self.start is None else {0, 1, self.start})


def patience(rule: OrderingRule) -> Patience:
    """Take what a tracker needs from a rule."""
    return Patience(
        start=rule.start, step=max(rule.step, 1),
        modulus=rule.modulus if rule.modulus is not None and rule.modulus > 1 else None,
        window=max(rule.window, 1), lost_after_ns=max(round(rule.lost_after_s * SECOND_NS), 0),
    )  # fmt: skip
