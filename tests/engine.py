"""The whole engine over lines given in a test: no broker, the code that `replay` runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence

from asyncwatch.contract.load import load_contract
from asyncwatch.model.batch import Batch
from asyncwatch.model.report import ChannelRow, FindingRow, Report
from asyncwatch.outlets.base import Outlet
from asyncwatch.pipeline.build import Plan, key_hasher, make_ledger, make_pump, make_replay_plan
from asyncwatch.pipeline.replay import replay
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.route import RouteSettings
from asyncwatch.taps.base import Filter
from asyncwatch.taps.capture import CaptureTap
from asyncwatch.taps.capture.source import Line

KEY_HASH = key_hasher(b"a secret of the tests")
BASE_NS = 1_790_000_000_000_000_000
"""An arbitrary moment in 2026."""

Message = Mapping[str, object]


class Lines:
    """Lines that are already there, handed out in pieces of a given size."""

    def __init__(self, lines: Iterable[bytes], piece: int = 2_000) -> None:
        self._lines: list[Line] = [("test", number, line) for number, line in enumerate(lines, 1)]
        self._piece = piece

    async def open(self) -> None:
        pass

    async def lines(self) -> Sequence[Line]:
        given, self._lines = self._lines[: self._piece], self._lines[self._piece :]
        return given

    def close(self) -> None:
        pass


def plan_of(document: str, *, rules: Mapping[str, str] | None = None) -> Plan:
    """Compile a document given as text."""
    contract = load_contract("document.yaml", lambda _: document.encode())
    options = BuildOptions(specs=["document.yaml"], routes=RouteSettings(rules=rules or {}))
    return make_replay_plan(options, [contract], KEY_HASH)


def judge(
    document: str,
    messages: Iterable[Message | bytes],
    *,
    piece: int = 2_000,
    rules: Mapping[str, str] | None = None,
    outlets: Sequence[Outlet] = (),
    broken: list[str] | None = None,
) -> Report:
    """Replay messages against a document; a message is a capture line as a mapping, or its bytes."""
    return judge_by(plan_of(document, rules=rules), messages, piece=piece, outlets=outlets, broken=broken)


def judge_by(
    plan: Plan,
    messages: Iterable[Message | bytes],
    *,
    piece: int = 2_000,
    outlets: Sequence[Outlet] = (),
    broken: list[str] | None = None,
) -> Report:
    """Replay messages against documents that are compiled."""
    ledger = make_ledger(plan, KEY_HASH, 0)
    for record in ledger.servers.values():
        record.change("connected", 0)
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in messages]
    told = broken if broken is not None else []
    tap = CaptureTap(
        Lines(lines, piece), list(plan.servers), lambda file, line, reason: told.append(f"{line}: {reason}")
    )
    filters = list({one.id: one for found in plan.filters.values() for one in found}.values())
    ordered: list[Filter] = sorted(filters, key=lambda one: one.pattern is not None)
    return asyncio.run(replay(tap, ordered, make_pump(plan, ledger, outlets), ledger, outlets))


def row(report: Report, channel: str | None) -> ChannelRow:
    """Give a channel's row."""
    (found,) = [one for one in report.channels if one.channel == channel]
    return found


def found(report: Report, rule: str) -> list[FindingRow]:
    """Give the groups of a rule."""
    return [one for one in report.findings if one.rule == rule]


def kafka_document(channels: str, *, components: str = "") -> str:
    """Wrap channels (YAML, indented by two) into a small document."""
    return (
        "asyncapi: 3.0.0\ninfo: {title: Test, version: 1.0.0}\ndefaultContentType: application/json\n"
        "servers:\n  production: {host: '127.0.0.1:9092', protocol: kafka}\n"
        f"channels:\n{channels}\n{components}"
    )


def cut(batch: Batch, at: int) -> list[Batch]:
    """Cut a batch in two before a row."""
    if not 0 < at < len(batch):
        return [batch]
    rest = Batch(
        server=batch.server, filter=batch.filter, partition=batch.partition,
        addresses=None if batch.addresses is None else batch.addresses[at:], payloads=batch.payloads[at:],
        headers=batch.headers[at:], keys=batch.keys[at:], positions=batch.positions[at:], sent_ns=batch.sent_ns[at:],
        time_source=batch.time_source, observed_ns=batch.observed_ns[at:],
        properties=None if batch.properties is None else batch.properties[at:], live=batch.live,
    )  # fmt: skip
    return [batch.head(at), rest]
