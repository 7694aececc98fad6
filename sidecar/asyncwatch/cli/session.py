"""A live run put together from options: plan, ledger, outlets, pump, service."""

from __future__ import annotations

import os
import secrets
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from asyncwatch.cli.dividing import Part, check_dividing, footprint, tap_options
from asyncwatch.cli.observing import Observing
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
from asyncwatch.pipeline.lagging import Lagging, documented_groups
from asyncwatch.pipeline.metering import metering
from asyncwatch.pipeline.own_group import OthersProbe
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.reload import Reloader
from asyncwatch.pipeline.room import Room
from asyncwatch.pipeline.runner import Runner
from asyncwatch.pipeline.service import Service
from asyncwatch.taps.base import Start
from asyncwatch.taps.registry import tap_for
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
    lagging: list[Lagging] = field(default_factory=list)
    otel: OtelSettings = field(default_factory=lambda: read_otel({}, None))
    lag: LagSettings = field(default_factory=LagSettings)
    reloader: Reloader | None = None
    """None = this run's documents are not read again."""


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
) -> Session:
    """Build a run from options and environment.

    `command`: the command line to be shown, where it is not `asyncwatch SPEC...`.
    Raises: Misconfigured, MisconfiguredAll.
    """
    key_hash = key_hasher(secrets.token_bytes(32) if part is None else part.secret)
    contracts = load_contracts(observing.specs)
    plan = make_plan(observing.build_options(), contracts, key_hash)
    check_dividing(observing, contracts, plan)
    document = [finding for contract in contracts for finding in contract.findings]
    ledger = make_ledger(plan, key_hash, time.time_ns())
    ledger.show_values(observing.configuration.shows())
    lag = lag or observing.configuration.lag()
    otel = read_environment(observing.configuration, otlp, console=findings_cap is not None)
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
    lagging: list[Lagging] = []
    named = documented_groups(contracts)
    for name, settings in plan.settings.items():
        spec = tap_for(settings.protocol)
        assert spec is not None  # the plan holds servers with a tap only
        if part is not None and not part.reads(spec):
            del ledger.servers[name]
            continue
        tap = spec.open(name, settings, tap_options(spec, name, plan, observing.group, part))
        runner = Runner(
            tap, ledger.servers[name], plan.filters[name], start, service.take, footprint(spec, observing.group), room
        )
        service.runners.append(runner)
        if spec.probe is not None and lag.enabled and (part is None or part.index == 0):
            probe = spec.probe(name, settings)
            if observing.group is not None:
                probe = OthersProbe(probe, observing.group)
            looking = Lagging(
                probe, runner, plan.routes, ledger, pump, lag, read_committed=settings.read_committed, named=named
            )
            lagging.append(looking)
            service.chores.append(looking.run)
    if otel.export.metrics is not None:
        service.add_outlet(open_metrics(service, otel, otel.export.metrics, lag))
    reloader = None
    if part is None:
        reloader = Reloader(observing.build_options(), key_hash, plan, pump, service, tell_contracts)
    return Session(plan, ledger, pump, outlets, service, document, lagging, otel, lag, reloader)


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
