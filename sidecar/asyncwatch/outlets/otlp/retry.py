"""When a failed request is tried again.

Source: OTLP specification 1.11, retryable response codes; facts on telemetry §7.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

RETRYABLE: Final = frozenset({429, 502, 503, 504})

_GROWTH: Final = 2.0


@dataclass(frozen=True, slots=True)
class BackOff:
    """Growing pauses with jitter, where the receiver does not say when.

    Units: seconds.
    """

    first_s: float = 1.0
    longest_s: float = 10.0

    def pause_s(self, failures: int, chance: Callable[[], float] = random.random) -> float:
        """Give the pause after so many failures in a row (1 = the first): half of it is up to chance."""
        whole = min(self.first_s * _GROWTH ** min(failures - 1, 32), self.longest_s)
        return whole * (0.5 + 0.5 * chance())


def parse_retry_after(text: str | None, now_s: Callable[[], float] = time.time) -> float | None:
    """Read a Retry-After header: seconds, or a date.

    Units: seconds from now, never negative; None = nothing usable was said.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment.timestamp() - now_s(), 0.0)
