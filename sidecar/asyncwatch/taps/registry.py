"""Every tap by the protocol it reads; a new tap is one line here."""

from __future__ import annotations

from typing import Final

from asyncwatch.taps import capture, kafka
from asyncwatch.taps.base import TapSpec

TAPS: Final[tuple[TapSpec, ...]] = (kafka.SPEC, capture.SPEC)


def tap_for(protocol: str) -> TapSpec | None:
    """Find the tap that reads a protocol family; None if no tap does."""
    return next((spec for spec in TAPS if protocol in spec.protocols), None)
