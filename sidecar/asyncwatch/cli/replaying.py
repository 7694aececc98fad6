"""`replay`: a capture through the same engine."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence

from asyncwatch.cli.observing import Observing
from asyncwatch.cli.session import open_outlets, read_environment
from asyncwatch.contract.entities import Contract
from asyncwatch.model.report import Report
from asyncwatch.pipeline.build import key_hasher, load_contracts, make_ledger, make_pump, make_replay_plan
from asyncwatch.pipeline.replay import replay
from asyncwatch.taps.base import Filter
from asyncwatch.taps.capture import CaptureTap
from asyncwatch.taps.capture.source import FileSource
from asyncwatch.telemetry.happenings import CaptureLineBroken, Warned, emit

_TOLD_LINES = 20
_FIRST_LINE_BYTES = 1 << 20


async def replay_captures(
    observing: Observing, captures: Sequence[str], *, otlp: str | None, findings: str | None
) -> tuple[Report, list[Contract]]:
    """Judge captures against the documents.

    Raises: Misconfigured, MisconfiguredAll.
    """
    source = FileSource(captures, sys.stdin.buffer)
    # The secret for key hashes is made from the first line: two replays name keys alike.
    first = await source.first_line(_FIRST_LINE_BYTES)
    key_hash = key_hasher(hashlib.sha256(first).digest())
    contracts = load_contracts(observing.specs, references=observing.references())
    plan = make_replay_plan(observing.build_options(), contracts, key_hash)
    ledger = make_ledger(plan, key_hash, 0)
    for record in ledger.servers.values():
        record.change("connected", 0)
    outlets = open_outlets(
        read_environment(observing.configuration, otlp, console=False), findings, None, key_hash, plan
    )
    teller = _BrokenLines()
    tap = CaptureTap(source, list(plan.servers), teller.tell, aliases=plan.aliases)
    filters = list({one.id: one for found in plan.filters.values() for one in found}.values())
    report = await replay(tap, _literal_first(filters), make_pump(plan, ledger, outlets), ledger, outlets)
    teller.sum_up()
    return report, plan.contracts


def _literal_first(filters: Sequence[Filter]) -> list[Filter]:
    """An exact address wins over a pattern that fits it."""
    return sorted(filters, key=lambda one: one.pattern is not None)


class _BrokenLines:
    """Tells the first bad lines one by one and the rest as a number."""

    def __init__(self) -> None:
        self._count = 0

    def tell(self, file: str, line: int, reason: str) -> None:
        self._count += 1
        if self._count <= _TOLD_LINES:
            emit(CaptureLineBroken(file=file, line=line, reason=reason))

    def sum_up(self) -> None:
        if self._count > _TOLD_LINES:
            emit(Warned(what=f"{self._count - _TOLD_LINES} more lines of the captures could not be read"))
