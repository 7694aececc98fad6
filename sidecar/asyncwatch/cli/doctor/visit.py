"""The whole visit: everything is looked at, whatever the step before has found."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence

from asyncwatch.cli.doctor.collector import look_at_collector
from asyncwatch.cli.doctor.diagnosis import Section
from asyncwatch.cli.doctor.ports import look_at_listeners
from asyncwatch.cli.doctor.servers import look_at_server
from asyncwatch.cli.doctor.versions import look_at_versions
from asyncwatch.cli.observing import Observing
from asyncwatch.config.configuration import Configuration
from asyncwatch.config.health_environment import read_health
from asyncwatch.config.otel_environment import read_otel
from asyncwatch.contract.entities import Contract
from asyncwatch.pipeline.build import Plan, key_hasher, load_contracts, make_plan
from asyncwatch.taps.base import Remark


async def visit(observing: Observing, otlp: str | None) -> list[Section]:
    """Look at everything.

    Raises: Misconfigured, MisconfiguredAll for a configuration or document that cannot be used.
    """
    configured = observing.configuration
    otel = read_otel(configured.otel_environ(), otlp)
    health = read_health(None, os.environ, otel.metrics, configured.text("listen", "health"))
    api = configured.listen()
    plan = None
    sections = [look_at_versions(), _configuration(configured, otel.warnings)]
    if observing.specs:
        contracts = load_contracts(observing.specs, references=observing.references())
        plan = make_plan(observing.build_options(), contracts, key_hasher(secrets.token_bytes(16)))
        sections.append(_documents(contracts, plan))
    else:
        sections.append(
            Section(
                "documents", [Remark("none is named", "unknown", "no server is looked at", "asyncwatch doctor SPEC...")]
            )
        )
    if plan is not None:
        sections += await asyncio.gather(
            *(look_at_server(name, settings, plan) for name, settings in plan.settings.items())
        )
    sections.append(await look_at_collector(otel))
    sections.append(look_at_listeners(api, health, os.environ, _read_text))
    return sections


def _read_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read(65_536)


def _configuration(configured: Configuration, warnings: Sequence[str]) -> Section:
    remarks = [
        Remark(f"file {configured.path}", "ok")
        if configured.path is not None
        else Remark("no file", "ok", "flags, variables and defaults count")
    ]
    remarks += [Remark("variable", "warning", one) for one in (*configured.warnings, *warnings)]
    return Section("configuration", remarks)


def _documents(contracts: Sequence[Contract], plan: Plan) -> Section:
    remarks: list[Remark] = []
    for one in contracts:
        bad = [found for found in one.findings if found.severity in {"error", "warning"}]
        what = f"{one.source} (AsyncAPI {one.spec_version})"
        if bad:
            first = f"{bad[0].position}: {bad[0].summary}"
            remarks.append(Remark(what, "warning", f"findings: {len(bad)}, the first: {first}", "correct the document"))
        else:
            remarks.append(Remark(what, "ok", f"channels: {len(one.channels)}"))
    left = sorted({name for one in contracts for name in one.servers} - plan.settings.keys())
    remarks += [
        Remark(f"server '{name}'", "unknown", "not read: not chosen, or its protocol is not read") for name in left
    ]
    return Section("documents", remarks)
