"""`demo`: the generated services, at real pace, through the same engine and API as a broker's messages."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Sequence
from importlib.resources import as_file, files

from asyncwatch.cli.dashboard import tell_ready
from asyncwatch.cli.observe import run_service
from asyncwatch.cli.session import Session
from asyncwatch.config.secret import Secret
from asyncwatch.demo.services import LendingPlatform
from asyncwatch.pipeline.build import key_hasher, load_contracts, make_ledger, make_pump, make_replay_plan
from asyncwatch.pipeline.runner import Runner
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.pipeline.service import Service
from asyncwatch.taps.base import Start
from asyncwatch.taps.capture import SPEC, CaptureTap
from asyncwatch.taps.capture.source import Line
from asyncwatch.telemetry.happenings import CaptureLineBroken, emit

_BEAT_S = 0.05


class LendingSource:
    """The services' messages as the lines of a capture that never ends."""

    def __init__(self) -> None:
        self._platform = LendingPlatform()
        self._began_s = 0.0
        self._number = 0

    async def open(self) -> None:
        self._began_s = time.monotonic()

    async def lines(self) -> Sequence[Line]:
        """Wait for the next messages that are due."""
        while True:
            await asyncio.sleep(_BEAT_S)
            due = list(self._platform.lines(time.monotonic() - self._began_s, time.time_ns()))
            if due:
                self._number += len(due)
                return [("demo", self._number, line) for line in due]

    def close(self) -> None:
        """Nothing is open."""


async def demonstrate(listener: socket.socket, token: Secret | None) -> int:
    """Run the demo until a signal."""
    key_hash = key_hasher(secrets.token_bytes(32))
    with as_file(files("asyncwatch.demo") / "lending.yaml") as path:
        contracts = load_contracts([str(path)])
    plan = make_replay_plan(BuildOptions(specs=["lending.yaml"]), contracts, key_hash)
    ledger = make_ledger(plan, key_hash, time.time_ns())
    pump = make_pump(plan, ledger, [])
    service = Service(plan.routes, ledger, pump, [], since="now", command="asyncwatch demo")
    tap = CaptureTap(
        LendingSource(), list(plan.servers),
        lambda file, line, reason: emit(CaptureLineBroken(file=file, line=line, reason=reason)), live_clock=True,
    )  # fmt: skip
    service.runners = [Runner(tap, ledger.servers["demo"], plan.filters["demo"], Start(), service.take, SPEC.footprint)]
    document = [finding for contract in contracts for finding in contract.findings]
    session = Session(plan, ledger, pump, [], service, document)
    return await run_service(session, listener, token, on_ready=tell_ready)
