"""Every tap by the protocol it reads; a new tap is one line here."""

from __future__ import annotations

from typing import Final

from asyncwatch.taps.base import TapSpec
from asyncwatch.taps.capture import SPEC as CAPTURE
from asyncwatch.taps.kafka import SPEC as KAFKA
from asyncwatch.taps.nats import SPEC as NATS

TAPS: Final[tuple[TapSpec, ...]] = (KAFKA, NATS, CAPTURE)


def tap_for(protocol: str) -> TapSpec | None:
    """Find the tap that reads a protocol family; None if no tap does."""
    return next((spec for spec in TAPS if protocol in spec.protocols), None)
