"""`run` and `check` with --workers: the parent starts the workers, adds up what they tell, and serves or writes that."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shlex
import socket
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from asyncwatch.cli.dividing import check_dividing, shared_servers
from asyncwatch.cli.exits import FINE, INTERRUPTED, NOT_OBSERVED
from asyncwatch.cli.observe import Signals
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.probes import Probes
from asyncwatch.cli.rereading import Rereading
from asyncwatch.cli.session import tell_contracts, tell_document
from asyncwatch.cli.worker import WorkerSetup
from asyncwatch.config.otel_environment import read_otel
from asyncwatch.config.secret import Secret
from asyncwatch.model.answers import DocumentText, FileText
from asyncwatch.model.errors import Misconfigured
from asyncwatch.model.report import Report
from asyncwatch.pipeline.build import Plan, document_rows, key_hasher, load_contracts, make_ledger, make_plan
from asyncwatch.pipeline.preparing import Prepared, Preparing
from asyncwatch.pipeline.recording import Recording
from asyncwatch.pipeline.watching import FileWatch
from asyncwatch.pipeline.workers.findings_file import FindingsFile
from asyncwatch.pipeline.workers.frames import PlaceRow
from asyncwatch.pipeline.workers.reloading import SharedReloader
from asyncwatch.pipeline.workers.workforce import Workforce
from asyncwatch.reading.files import read_file
from asyncwatch.serve.api import build_api
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.health import Health, Scrapes
from asyncwatch.serve.listener import Listener
from asyncwatch.serve.source import Source
from asyncwatch.taps.base import Start
from asyncwatch.telemetry.happenings import Listening, emit
from asyncwatch.telemetry.resource import own_resource

_PROGRAM: Final = "asyncwatch.cli.worker"


@dataclass(slots=True)
class Shared:
    """A run with workers, not started yet."""

    plan: Plan
    workforce: Workforce
    reloader: SharedReloader


@dataclass(slots=True)
class _Runs:
    """What runs by now, so that a worker that starts later starts with it."""

    files: dict[str, bytes]
    specs: list[str]


def open_shared(
    observing: Observing,
    start: Start,
    *,
    otlp: str | None,
    findings: str | None,
    findings_cap: int | None,
    log_level: str,
    log_format: Literal["text", "json"],
    metered: bool = False,
) -> Shared:
    """Read the documents, see that all is right, and make the workers ready to start.

    `metered`: metrics are wanted. What `run` explains and writes in a second is divided among them. Raises: MisconfiguredAll.
    """
    count, secret = observing.workers, secrets.token_bytes(32)
    rereading = Rereading(observing, otlp, None, None)
    recording = Recording(read_file)
    wanted = rereading.again(recording)
    contracts = load_contracts(wanted.build.specs, recording, wanted.build.references)
    key_hash = key_hasher(secret)
    plan = make_plan(wanted.build, contracts, key_hash)
    check_dividing(observing, contracts, plan)
    file = None
    if findings is not None:
        if not os.path.isdir(os.path.dirname(findings) or "."):
            raise Misconfigured(f"--findings '{findings}': the folder does not exist")
        file = FindingsFile(findings, append=findings_cap is not None)
    explained = observing.explained_per_second
    runs = _Runs(recording.files, list(wanted.build.specs))
    told = replace(observing, explained_per_second=None if explained is None else max(explained // count, 1))

    def setup(index: int, resume: dict[str, list[PlaceRow]] | None, pipe: str | None) -> WorkerSetup:
        return WorkerSetup(
            observing=replace(told, specs=runs.specs), start=start, otlp=otlp, findings=pipe,
            findings_cap=None if findings_cap is None else max(findings_cap // count, 1), index=index, of=count,
            secret=secret, resume=resume or {}, log_level=log_level, log_format=log_format, metered=metered,
            files=runs.files,
        )  # fmt: skip

    workforce = Workforce(
        count, _PROGRAM, setup, make_ledger(plan, key_hash, time.time_ns()), shared_servers(plan), file,
        since=observing.since, command=shlex.join(["asyncwatch", *observing.specs]),
    )  # fmt: skip

    def take(prepared: Prepared) -> None:
        runs.files, runs.specs = prepared.read.files, list(prepared.wanted.build.specs)

    preparing = Preparing(
        rereading.again, key_hash, lambda plan: check_dividing(observing, plan.contracts, plan), recording,
        wanted.files, contracts,
    )  # fmt: skip
    return Shared(
        plan, workforce, SharedReloader(preparing, plan, workforce, shared_servers, take, tell_contracts)
    )  # fmt: skip


def source_of_workers(shared: Shared) -> Source:
    """Answer the API from all workers together."""
    plan = shared.plan

    def documents() -> list[DocumentText]:
        contracts = plan.contracts
        return [
            DocumentText(document=row, files=[FileText(file=name, text=text) for name, text in one.texts.items()])
            for row, one in zip(document_rows(contracts), contracts, strict=True)
        ]

    workforce = shared.workforce
    return Source(
        snapshot=workforce.snapshot, detail=workforce.finding_detail, traces=workforce.traces, documents=documents,
        reload=shared.reloader.reload,
    )  # fmt: skip


def workforce_probes(workforce: Workforce, listener: socket.socket) -> Probes:
    """Answer for all workers together."""
    otel = read_otel(os.environ, None)  # what is wrong with the variables is told by the workers
    scrapes = Scrapes(workforce.points, own_resource(otel.export.resource), otel.metrics.exemplars)
    return Probes(Health(lambda: workforce.snapshot().servers), scrapes, listener)


async def run_shared(
    shared: Shared,
    listener: socket.socket | None,
    token: Secret | None,
    *,
    on_ready: Callable[[], None],
    health: socket.socket | None = None,
    tls: ssl.SSLContext | None = None,
    watches: bool = True,
) -> int:
    """Run until a signal; serve API, probes and metrics meanwhile.

    SIGHUP reads documents and configuration again, as the API's reload does, and a change of their files if it `watches`.
    Raises: MisconfiguredAll.
    """
    signals = Signals()
    tell_document([finding for contract in shared.plan.contracts for finding in contract.findings])
    workforce = shared.workforce
    await workforce.start()
    tasks: list[asyncio.Task[None]] = []
    api: Listener | None = None
    if listener is not None:
        broadcast = Broadcast(workforce.snapshot)
        api = Listener(build_api(source_of_workers(shared), broadcast, token), listener, tls)
        tasks = [asyncio.create_task(api.run()), asyncio.create_task(broadcast.run())]
        emit(Listening(url=api.url))
    probes = None if health is None else workforce_probes(workforce, health)
    if probes is not None:
        probes.set_running()
    on_ready()
    signals.on_hang_up(shared.reloader.reload_quietly)
    watch = FileWatch(shared.reloader.preparing.seen, shared.reloader.reload_quietly)
    watching = asyncio.create_task(watch.run()) if watches else None
    await signals.any.wait()
    if watching is not None:
        watching.cancel()
    if probes is not None:
        probes.set_stopping()
    if api is not None:
        api.stop()
    await workforce.stop()
    if probes is not None:
        await probes.end()
    for task in tasks[1:]:
        task.cancel()
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1.5)
    return INTERRUPTED if signals.interrupted else FINE


async def check_shared(
    shared: Shared, *, for_s: float | None, connect_timeout_s: float, progress: bool
) -> tuple[Report, int]:
    """Observe as long as asked; give the report and FINE, NOT_OBSERVED or INTERRUPTED. Raises: MisconfiguredAll."""
    signals = Signals()
    tell_document([finding for contract in shared.plan.contracts for finding in contract.findings])
    workforce = shared.workforce
    await workforce.start()
    stopped = asyncio.create_task(signals.any.wait())
    connecting = asyncio.create_task(workforce.wait_connected(connect_timeout_s))
    await asyncio.wait({stopped, connecting}, return_when=asyncio.FIRST_COMPLETED)
    connected = connecting.done() and connecting.result()
    if connected:
        done = asyncio.create_task(workforce.done.wait())
        teller = asyncio.create_task(_tell_progress(workforce, for_s)) if progress else None
        await asyncio.wait({stopped, done}, timeout=for_s, return_when=asyncio.FIRST_COMPLETED)
        done.cancel()
        if teller is not None:
            teller.cancel()
            sys.stderr.write("\r\x1b[K")
    connecting.cancel()
    stopped.cancel()
    await workforce.stop()
    code = INTERRUPTED if signals.any.is_set() and signals.interrupted else FINE
    if not connected and code == FINE and not signals.any.is_set():
        code = NOT_OBSERVED
    return workforce.report(), code


async def _tell_progress(workforce: Workforce, for_s: float | None) -> None:
    """One line that is written over, once a second."""
    began_s = time.monotonic()
    while True:
        left = "" if for_s is None else f", {max(for_s - (time.monotonic() - began_s), 0):.0f} s left"
        sys.stderr.write(f"\r\x1b[K{workforce.messages:,} messages{left}")
        sys.stderr.flush()
        await asyncio.sleep(1.0)
