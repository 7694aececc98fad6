"""Which sampled contexts become spans: a ratio over the trace id, and a cap for spans that only a violation asks for.

Rule 1: the ratio is decided by the trace id's low 56 bits, so that replicas and collectors decide alike.
Rule 2: the ratio 0 means no spans at all; any other ratio lets violations through, up to the cap.
Source: facts on telemetry §4, Sampling; OpenTelemetry, consistent probability sampling (rejection threshold).
"""

from __future__ import annotations

from typing import Final

PER_SECOND: Final = 10
BURST: Final = 50
_TABLE_SIZE: Final = 4096
_SECOND_NS: Final = 1_000_000_000


def rejection_threshold(ratio: float) -> bytes | None:
    """Give the least 14 hex digits that a kept trace id may end in; None = no trace id is kept.

    Shape: comparable with `context[21:35]` as it is, digits before letters.
    """
    rejected = round((1.0 - ratio) * (1 << 56))
    return None if rejected >= 1 << 56 else b"%014x" % max(rejected, 0)


class ViolationCap:
    """A bucket of spans for each cause, filled by the messages' own time.

    Units: PER_SECOND spans a second, BURST at once.
    """

    __slots__ = ("_buckets", "refused")

    def __init__(self) -> None:
        self._buckets: dict[tuple[str | None, str], tuple[float, int]] = {}
        self.refused = 0

    def admits(self, channel: str | None, rule: str, now_ns: int) -> bool:
        """Take a span out of the bucket of (channel, rule), or count it as refused."""
        cause = (channel, rule)
        left, last_ns = self._buckets.get(cause, (float(BURST), now_ns))
        left = min(float(BURST), left + max(now_ns - last_ns, 0) * PER_SECOND / _SECOND_NS)
        if cause not in self._buckets and len(self._buckets) >= _TABLE_SIZE:
            self._buckets.clear()
        if left < 1.0:
            self._buckets[cause] = (left, max(now_ns, last_ns))
            self.refused += 1
            return False
        self._buckets[cause] = (left - 1.0, max(now_ns, last_ns))
        return True
