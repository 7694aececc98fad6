"""What a receiver's answer means, the same for every transport.

Rule 1: nothing secret stands in an answer: not a header, not a user's name in the address.
Source: facts on telemetry §7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from asyncwatch import __version__
from asyncwatch.outlets.otlp.signals import TRACES, Signal

IN_FLIGHT: Final = 2
"""Requests of one signal at one time."""

USER_AGENT: Final = f"asyncwatch/{__version__} OTel-OTLP-Exporter-Python/{__version__}"

_MAX_SAID: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `accepted`: taken, but for `rejected` things; `again`: try later; `refused`: never.

    Units: `after_s` seconds, where the receiver said when.
    """

    kind: Literal["accepted", "again", "refused"]
    rejected: int = 0
    said: str | None = None
    after_s: float | None = None
    reached: bool = True
    """False = nobody answered."""


def refusal(signal: Signal, said: str, *, unknown: bool) -> Answer:
    """Answer for a receiver that said no; `unknown`: because it has no place for this signal."""
    if unknown and signal is not TRACES:
        said = f"{said}; if no {signal.name} are taken there, set OTEL_{signal.name.upper()}_EXPORTER=none"
    return Answer("refused", said=said)


def printable(text: str) -> str:
    """Make a receiver's words harmless and short."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:_MAX_SAID]).strip()
