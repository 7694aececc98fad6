"""`run` and `check`: a live run until a signal, a time, a number of messages or the end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from asyncwatch.cli.dashboard import lifeline
from asyncwatch.cli.exits import FINE, FOUND, INTERRUPTED, NOT_OBSERVED
from asyncwatch.cli.fail_on import FailOn
from asyncwatch.cli.formats import FORMATS
from asyncwatch.cli.ink import wants_color
from asyncwatch.cli.output import write_output
from asyncwatch.cli.probes import session_probes
from asyncwatch.cli.session import Session, tell_document
from asyncwatch.config.secret import Secret
from asyncwatch.contract.entities import Contract
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.report import Report
from asyncwatch.pipeline.answering import source_of
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.pipeline.watching import FileWatch
from asyncwatch.serve.api import build_api
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.listener import Listener
from asyncwatch.telemetry.happenings import Listening, emit

FIRST_LOOK_S = 5.0


class Signals:
    """SIGINT, SIGTERM and the end of the dashboard's process as events of the loop."""

    def __init__(self) -> None:
        self.any = asyncio.Event()
        self.interrupted = False
        self._hang_ups: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._on, True)
        loop.add_signal_handler(signal.SIGTERM, self._on, False)
        life = lifeline()
        if life is not None:
            loop.add_reader(life, self.any.set)

    def on_hang_up(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Act on SIGHUP; one action at a time, and one more for all that came meanwhile."""
        asked = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)

        async def follow() -> None:
            while True:
                await asked.wait()
                asked.clear()
                await act()

        self._hang_ups = asyncio.create_task(follow())

    def _on(self, interrupted: bool) -> None:
        self.interrupted = self.interrupted or interrupted
        self.any.set()


async def run_service(
    session: Session,
    listener: socket.socket | None,
    token: Secret | None,
    *,
    on_ready: object = None,
    health: socket.socket | None = None,
    tls: ssl.SSLContext | None = None,
    watches: bool = True,
) -> int:
    """Run until a signal; serve API, probes and metrics meanwhile.

    SIGHUP reads documents and configuration again, as the API's reload does, and a change of their files if it `watches`.
    """
    settle_garbage()
    signals = Signals()
    tell_document(session.document)
    service = session.service
    tasks: list[asyncio.Task[None]] = []
    api: Listener | None = None
    if listener is not None:
        broadcast = Broadcast(service.snapshot)
        source = source_of(service, lambda: session.plan.contracts, session.reloader.reload)
        api = Listener(build_api(source, broadcast, token), listener, tls)
        tasks = [asyncio.create_task(api.run()), asyncio.create_task(broadcast.run())]
        emit(Listening(url=api.url))
    probes = None if health is None else session_probes(session, health)
    signals.on_hang_up(session.reloader.reload_quietly)
    watch = FileWatch(session.reloader.preparing.seen, session.reloader.reload_quietly) if watches else None
    await service.start()
    watching = None if watch is None else asyncio.create_task(watch.run())
    if probes is not None:
        probes.set_running()
    if callable(on_ready):
        on_ready()
    await signals.any.wait()
    if watching is not None:
        watching.cancel()
    if probes is not None:
        probes.set_stopping()
    if api is not None:
        api.stop()
    await service.stop()
    if probes is not None:
        await probes.end()
    for task in tasks[1:]:
        task.cancel()
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1.5)
    return INTERRUPTED if signals.interrupted else FINE


async def check_service(
    session: Session, *, for_s: float | None, messages: int | None, connect_timeout_s: float, progress: bool
) -> tuple[Report, int]:
    """Observe as long as asked; give the report and FINE, NOT_OBSERVED or INTERRUPTED."""
    settle_garbage()
    signals = Signals()
    tell_document(session.document)
    service = session.service
    service.limit = messages
    await service.start()
    stopped = asyncio.create_task(signals.any.wait())
    connecting = asyncio.create_task(service.wait_connected(connect_timeout_s))
    await asyncio.wait({stopped, connecting}, return_when=asyncio.FIRST_COMPLETED)
    connected = connecting.done() and connecting.result()
    if connected:
        done = asyncio.create_task(service.done.wait())
        teller = asyncio.create_task(_tell_progress(session, for_s)) if progress else None
        await asyncio.wait({stopped, done}, timeout=for_s, return_when=asyncio.FIRST_COMPLETED)
        done.cancel()
        if teller is not None:
            teller.cancel()
            sys.stderr.write("\r\x1b[K")
    connecting.cancel()
    stopped.cancel()
    if connected and not signals.any.is_set():
        # A short run must not end before its consumers were looked at once.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_S):
                await asyncio.gather(*(one.looked.wait() for one in session.lagging))
    await service.stop()
    code = INTERRUPTED if signals.any.is_set() and signals.interrupted else FINE
    if not connected and code == FINE and not signals.any.is_set():
        code = NOT_OBSERVED
    return service.report(), code


async def _tell_progress(session: Session, for_s: float | None) -> None:
    """One line that is written over, once a second."""
    began_s = time.monotonic()
    while True:
        passed_s = time.monotonic() - began_s
        left = f", {max(for_s - passed_s, 0):.0f} s left" if for_s is not None else ""
        line = f"{session.pump.taken:,} messages, {len(session.ledger.groups)} kinds of findings{left}"
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
        await asyncio.sleep(1.0)


def write_report(
    report: Report,
    contracts: Sequence[Contract],
    fail_on: FailOn,
    *,
    form: str,
    output: str | None,
    color: str,
    require_traffic: bool,
    code: int,
) -> int:
    """Write a report where it is wanted, and give the exit code of the run. Raises: Misconfigured."""
    document = [finding for contract in contracts for finding in contract.findings]
    ink = output is None and wants_color(color)
    text = FORMATS[form](report, document, fail_on, ink, DocumentLines(contracts))
    write_output(text, output)
    if code != FINE:
        return code
    if require_traffic and report.messages.total == 0:
        return NOT_OBSERVED
    return FOUND if fail_on.found(report.findings, document) else FINE
