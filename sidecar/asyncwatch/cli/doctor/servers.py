"""Each server that would be read: its addresses, and what its tap finds out about login and rights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from asyncwatch.cli.doctor.diagnosis import Section
from asyncwatch.cli.doctor.reaching import look_at_name, look_at_tcp, look_at_tls
from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import AsyncwatchError, Misconfigured
from asyncwatch.pipeline.build import Plan
from asyncwatch.taps.base import Remark
from asyncwatch.taps.registry import tap_for
from asyncwatch.taps.tls import tls_context

_PORTS: Final = {"kafka": 9092, "nats": 4222}
_TLS_FIRST: Final = frozenset({"kafka"})
"""Protocols whose connection begins with TLS; the others agree on it after a greeting."""
_MOST_ADDRESSES: Final = 20
_ADDRESS: Final = re.compile(r"(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?")


async def look_at_server(name: str, settings: ServerSettings, plan: Plan) -> Section:
    """Give what was found of one server; a step that fails leaves the later ones out."""
    title = f"server '{name}' ({settings.protocol}, {settings.url})"
    remarks: list[Remark] = []
    reached = False
    for host, port in _addresses(settings)[:_MOST_ADDRESSES]:
        steps = await _reach(name, settings, host, port)
        remarks += steps
        reached = reached or steps[-1].state in {"ok", "warning"}
    spec = tap_for(settings.protocol)
    if not reached:
        remarks.append(Remark("login and rights", "unknown", "no address answers"))
    elif spec is not None and spec.examine is not None:
        wanted = [one for one in plan.filters[name] if one.id]
        try:
            remarks += await spec.examine(name, settings, wanted)
        except AsyncwatchError as error:
            remarks.append(Remark("login", "problem", str(error)))
    if reached:
        remarks.append(Remark("clock offset", "unknown", "this protocol tells no time of day"))
    return Section(title, remarks)


async def _reach(name: str, settings: ServerSettings, host: str, port: int) -> list[Remark]:
    steps = [await look_at_name(host, settings.connect_timeout_s)]
    if steps[-1].state == "ok":
        steps.append(await look_at_tcp(host, port, settings.connect_timeout_s))
    if steps[-1].state == "ok" and settings.tls is not None and settings.protocol in _TLS_FIRST:
        try:
            context = tls_context(name, settings.tls)
        except Misconfigured as error:
            steps.append(Remark("TLS", "problem", str(error)))
        else:
            steps.append(await look_at_tls(host, port, context, settings.connect_timeout_s))
    return steps


def _addresses(settings: ServerSettings) -> Sequence[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for part in settings.url.split(","):
        one = _ADDRESS.fullmatch(part.strip().rpartition("://")[2].rstrip("/"))
        if one is not None:
            found.append((one[1].strip("[]"), int(one[2] or _PORTS.get(settings.protocol, 0))))
    return found
