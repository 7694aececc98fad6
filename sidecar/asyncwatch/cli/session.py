"""A live run put together from options: plan, ledger, outlets, pump, service."""

from __future__ import annotations

import os
import secrets
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from asyncwatch.cli.dividing import Part, check_dividing
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.readers import Readers
from asyncwatch.cli.rereading import Rereading
from asyncwatch.config.configuration import Configuration
from asyncwatch.config.otel_environment import OtelSettings, read_otel
from asyncwatch.config.settings import LagSettings, OtlpSettings
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.contract.entities import Contract
from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.errors import Misconfigured
from asyncwatch.model.severity import SEVERITIES
from asyncwatch.outlets.base import Outlet
from asyncwatch.outlets.findings import FindingsOutlet
from asyncwatch.pipeline.build import Plan, key_hasher, load_contracts, make_ledger, make_plan, make_pump
from asyncwatch.pipeline.lagging import Lagging
from asyncwatch.pipeline.metering import metering
from asyncwatch.pipeline.preparing import Preparing
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.recording import Recording
from asyncwatch.pipeline.reload import Reloader
from asyncwatch.pipeline.room import Room
from asyncwatch.pipeline.service import Service
from asyncwatch.pipeline.wanted import ReadFile
from asyncwatch.reading.files import read_file
from asyncwatch.taps.base import Start
from asyncwatch.telemetry.happenings import Warned, emit

RUN_CAP = 100
"""Lines a second and (channel, rule) that `run` writes to a findings file (interfaces.md §1)."""


@dataclass(slots=True)
class Session:
    """Everything of a live run, not started yet."""

    plan: Plan
    ledger: Ledger
    pump: Pump
    outlets: list[Outlet]
    service: Service
    document: list[DocumentFinding]
    readers: Readers
    otel: OtelSettings
    lag: LagSettings
    reloader: Reloader

    @property
    def lagging(self) -> list[Lagging]:
        """Give what looks at consumers by now."""
        return list(self.readers.lagging.values())


def open_session(
    observing: Observing,
    start: Start,
    *,
    otlp: str | None,
    findings: str | None,
    findings_cap: int | None,
    lag: LagSettings | None = None,
    command: str | None = None,
    part: Part | None = None,
    read: ReadFile = read_file,
    configured: Configuration | None = None,
) -> Session:
    """Build a run from options and environment.

    `command`: the command line to be shown, where it is not `asyncwatch SPEC...`. `read` reads documents; `configured`:
    the configuration, where it was read already.
    Raises: Misconfigured, MisconfiguredAll.
    """
    rereading = Rereading(observing, otlp, lag, configured)
    configured, wanted, recording = rereading.first, rereading.now(), Recording(read)
    key_hash = key_hasher(secrets.token_bytes(32) if part is None else part.secret)
    contracts = load_contracts(wanted.build.specs, recording, wanted.build.references)
    plan = make_plan(wanted.build, contracts, key_hash)
    check_dividing(observing, contracts, plan)
    document = [finding for contract in plan.contracts for finding in contract.findings]
    ledger = make_ledger(plan, key_hash, time.time_ns())
    ledger.show_values(wanted.shows)
    otel = read_environment(configured, otlp, console=findings_cap is not None)
    outlets = open_outlets(otel, findings, findings_cap, key_hash, plan)
    room = Room(outlets) if findings_cap is None else None
    pump = make_pump(plan, ledger, outlets)
    service = Service(
        plan.routes,
        ledger,
        pump,
        outlets,
        since=observing.since,
        command=command or shlex.join(["asyncwatch", *observing.specs]),
    )
    readers = Readers(observing, plan, ledger, pump, service, start, room, part)
    for name in plan.settings:
        readers.open(name, wanted)
    if otel.export.metrics is not None:
        service.add_outlet(open_metrics(service, otel, otel.export.metrics, wanted.lag))
    preparing = Preparing(rereading.again, key_hash, readers.check, recording, wanted.files, contracts)
    reloader = Reloader(wanted, preparing, plan, pump, service, readers, tell_contracts)
    return Session(plan, ledger, pump, outlets, service, document, readers, otel, wanted.lag, reloader)


def open_metrics(service: Service, otel: OtelSettings, settings: OtlpSettings, lag: LagSettings) -> Outlet:
    """Open the outlet that sends metrics. Raises: Misconfigured."""
    from asyncwatch.outlets.otlp.metrics import MetricOutlet  # noqa: PLC0415 # loaded only where it is used

    measuring = metering(service, otel.export, lag)
    return MetricOutlet(
        settings, otel.metrics, otel.export.resource, measuring.pieces, lambda: measuring.started_ns
    )  # fmt: skip


def read_environment(configured: Configuration, otlp: str | None, *, console: bool) -> OtelSettings:
    """Read what was configured and the standard telemetry variables beside the flag; what is ignored is told.

    `console`: whether standard output is free for telemetry; else a report goes there.
    Raises: Misconfigured.
    """
    otel = read_otel(configured.otel_environ(), otlp)
    otel = replace(
        otel, tracing=configured.tracing(otel.tracing),
        export=replace(otel.export, violations=configured.violations() or otel.export.violations),
    )  # fmt: skip
    for warning in otel.warnings:
        emit(Warned(what=warning))
    if console:
        return otel
    export = otel.export
    kept = {"TRACES": export.traces, "LOGS": export.logs, "METRICS": export.metrics}
    for signal, settings in kept.items():
        if settings is not None and settings.protocol == "console":
            emit(Warned(what=f"OTEL_{signal}_EXPORTER=console is ignored: standard output is kept for reports"))
            kept[signal] = None
    return replace(otel, export=replace(export, traces=kept["TRACES"], logs=kept["LOGS"], metrics=kept["METRICS"]))


def open_outlets(
    otel: OtelSettings, findings: str | None, cap: int | None, key_hash: Callable[[bytes], str], plan: Plan
) -> list[Outlet]:
    """Open the outlets that were asked for; nothing is sent anywhere unless asked.

    `cap` given = `run`: it goes on with the file of before, and sends and writes so much a second of one rule.
    Raises: Misconfigured.
    """
    outlets: list[Outlet] = []
    export = otel.export
    if export.traces is not None:
        from asyncwatch.outlets.otlp.spans import SpanOutlet  # noqa: PLC0415 # loaded only where it is used

        events = export.violations != "log"
        outlets.append(SpanOutlet(export.traces, otel.tracing, plan.titles(), events=events, hash_text=key_hash))
    if export.logs is not None:
        from asyncwatch.outlets.otlp.events import EventOutlet  # noqa: PLC0415 # loaded only where it is used

        messages = export.violations != "span_event"
        routes = plan.routes.documented()
        outlets.append(EventOutlet(export.logs, export.resource, routes, per_second=cap, messages=messages))
    if findings is not None:
        if not os.path.isdir(os.path.dirname(findings) or "."):
            raise Misconfigured(f"--findings '{findings}': the folder does not exist")
        outlets.append(FindingsOutlet(findings, cap, key_hash, append=cap is not None))
    return outlets


def tell_contracts(contracts: Sequence[Contract]) -> None:
    """Log what is wrong with documents that were read again."""
    tell_document([finding for contract in contracts for finding in contract.findings])


def tell_document(findings: list[DocumentFinding]) -> None:
    """Log what is wrong with the documents; details of severity info are left to the report."""
    for one in findings:
        if SEVERITIES.index(one.severity) <= 1:
            emit(Warned(what=f"{one.position}: {one.summary} ({one.rule})"))


def check_findings(findings: str | None, output: str | None) -> None:
    """Findings on standard output leave no room for the report there. Raises: Misconfigured."""
    if findings == "-" and output is None:
        raise Misconfigured(
            "--findings - writes to standard output, where the report goes", hint="write the report with -o FILE"
        )
