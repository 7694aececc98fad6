"""What happens to us, past tense: a struct a happening; `emit` counts it and logs it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Final

from msgspec import Struct

from asyncwatch.telemetry.log import LOGGER

COUNTS: Final[Counter[str]] = Counter()
"""Happenings by name since the start."""


class Happening(Struct, frozen=True):
    """Something that happened; its level says what an operator must do."""

    level: ClassVar[int] = logging.INFO

    def text(self) -> str:
        """Say it in one line: what, where, what to do."""
        raise AssertionError("each happening says its own text")


def _at(server: str, reason: str) -> str:
    """Name the server once: errors of a tap mostly do that themselves."""
    place = f"server '{server}': "
    return reason if reason.startswith(place) else place + reason


class TapConnected(Happening, frozen=True):
    server: str
    address: str
    channels: int
    footprint: str

    def text(self) -> str:
        return (
            f"server '{self.server}': connected to {self.address}, reading {self.channels} channels; "
            f"on the broker: {self.footprint}"
        )


class TapConnectionLost(Happening, frozen=True):
    level: ClassVar[int] = logging.WARNING
    server: str
    reason: str

    def text(self) -> str:
        return f"{_at(self.server, self.reason)}; connection lost, reading goes on where it was when it is back"


class TapUnreachable(Happening, frozen=True):
    level: ClassVar[int] = logging.WARNING
    server: str
    reason: str
    next_try_s: float

    def text(self) -> str:
        return f"{_at(self.server, self.reason)}; next try in {self.next_try_s:.1f} s, then with longer pauses"


class TapSilent(Happening, frozen=True):
    level: ClassVar[int] = logging.WARNING
    server: str
    address: str
    waited_s: float

    def text(self) -> str:
        place = f"server '{self.server}': no broker answers at {self.address}: no answer within {self.waited_s:g} s"
        return f"{place} (hint: check the address, or wait longer with --connect-timeout)"


class TapRefused(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    server: str
    reason: str

    def text(self) -> str:
        return f"{_at(self.server, self.reason)}; refused, next try in 30 s"


class TapMisconfigured(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    server: str
    reason: str

    def text(self) -> str:
        return f"{_at(self.server, self.reason)}; this server is not read until that is changed"


class TapBroke(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    server: str

    def text(self) -> str:
        return f"server '{self.server}': the tap broke: our own mistake, please report it; it is tried again"


class OutletBroke(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    outlet: str

    def text(self) -> str:
        return f"outlet '{self.outlet}' broke: our own mistake, please report it; what it is offered is dropped"


class ChoreBroke(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    chore: str

    def text(self) -> str:
        return f"'{self.chore}' broke: our own mistake, please report it; what it knew stays as it was"


class ApiBroke(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    what: str

    def text(self) -> str:
        return f"API: {self.what} broke: our own mistake, please report it; the rest is served"


class Reloaded(Happening, frozen=True):
    kept: int
    changed: int
    added: int
    removed: int
    servers: str = ""
    """What became of servers, if anything."""

    def text(self) -> str:
        told = (
            f"documents were read again: {self.kept} addresses go on, {self.changed} changed and are judged anew, "
            f"{self.added} are new, {self.removed} are left"
        )
        return f"{told}; {self.servers}" if self.servers else told


class ReloadRefused(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    reason: str

    def text(self) -> str:
        return f"documents were read again and cannot be used: {self.reason}; the run goes on with those of before"


class ChannelMissing(Happening, frozen=True):
    level: ClassVar[int] = logging.WARNING
    server: str
    address: str

    def text(self) -> str:
        return f"server '{self.server}': '{self.address}' does not exist there; it is read as soon as it does"


class LagUnknown(Happening, frozen=True):
    """Told once until the groups answer again; that the broker is away is told by the tap."""

    server: str
    reason: str

    def text(self) -> str:
        return f"{_at(self.server, self.reason)}; consumers cannot be asked how far they are, their lag is not known"


class RightMissing(Happening, frozen=True):
    level: ClassVar[int] = logging.WARNING
    server: str
    right: str

    def text(self) -> str:
        return f"server '{self.server}': missing right: {self.right}; what needs it is left out"


class CheckBroke(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    check: str
    address: str

    def text(self) -> str:
        return f"check '{self.check}' broke on '{self.address}': our own mistake, please report it; the rest runs on"


class WorkerEnded(Happening, frozen=True):
    level: ClassVar[int] = logging.ERROR
    worker: int
    how: str
    next_try_s: float

    def text(self) -> str:
        return (
            f"worker {self.worker} ended: {self.how}; it is started again in {self.next_try_s:.1f} s and goes on where its "
            "numbers end"
        )


class CaptureLineBroken(Happening, frozen=True):
    level: ClassVar[int] = logging.WARNING
    file: str
    line: int
    reason: str

    def text(self) -> str:
        return f"capture {self.file}:{self.line}: {self.reason}; the line is counted as missed, the rest goes on"


class OutletStateChanged(Happening, frozen=True):
    level: ClassVar[int] = logging.WARNING
    outlet: str
    state: str
    reason: str

    def text(self) -> str:
        why = f", {self.reason}" if self.reason else ""
        return f"outlet '{self.outlet}': {self.state}{why}"


class OutletDropping(Happening, frozen=True):
    """Told once when an outlet begins to drop, and once when it has stopped."""

    level: ClassVar[int] = logging.WARNING
    outlet: str
    unit: str
    count: int
    reasons: Mapping[str, int]
    over: bool = False

    def text(self) -> str:
        why = ", ".join(f"{reason} {count}" for reason, count in self.reasons.items())
        total = f"{self.count} {self.unit}s" + (f" ({why})" if why else "")
        if self.over:
            return f"outlet '{self.outlet}': nothing more was dropped for a while; {total} in all"
        return f"outlet '{self.outlet}': dropping, {total} so far; what is dropped is counted"


class NothingOffered(Happening, frozen=True):
    """Told once, at the end, where an outlet had something to look at and wanted none of it."""

    level: ClassVar[int] = logging.WARNING
    outlet: str
    unit: str
    left_out: Mapping[str, int]

    def text(self) -> str:
        why = ", ".join(f"{reason} {count}" for reason, count in self.left_out.items())
        return f"outlet '{self.outlet}': no {self.unit} was sent, all were left out: {why}"


class Undelivered(Happening, frozen=True):
    """Told once, at the end."""

    level: ClassVar[int] = logging.WARNING
    outlet: str
    count: int
    of: int
    unit: str
    reason: str

    def text(self) -> str:
        return f"outlet '{self.outlet}': {self.count} of {self.of} {self.unit}s were not delivered: {self.reason}"


class Listening(Happening, frozen=True):
    url: str

    def text(self) -> str:
        return f"API on {self.url}"


class HealthListening(Happening, frozen=True):
    url: str

    def text(self) -> str:
        return f"probes and metrics on {self.url}"


class ServersMerged(Happening, frozen=True):
    name: str
    kept: str
    address: str

    def text(self) -> str:
        return f"servers '{self.kept}' and '{self.name}' are one cluster at {self.address}: it is read once, as '{self.kept}'"


class Warned(Happening, frozen=True):
    """A setting that was ignored, or a document's finding, told at start."""

    level: ClassVar[int] = logging.WARNING
    what: str

    def text(self) -> str:
        return self.what


def emit(happening: Happening, *, exception: BaseException | None = None) -> None:
    """Count a happening and log it."""
    name = type(happening).__name__
    COUNTS[name] += 1
    LOGGER.log(happening.level, "%s", happening.text(), extra={"happening": name}, exc_info=exception)
