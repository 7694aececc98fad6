"""Routes, batches and runs for the tests of sequences."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from asyncwatch.checks.fields import FieldsCheck
from asyncwatch.checks.freshness import FreshnessCheck
from asyncwatch.checks.sequence import SequenceCheck
from asyncwatch.model.batch import Batch, HeaderValue, ObservationGap
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import OrderingRow
from asyncwatch.model.route import Candidate, OrderingRule, Route
from asyncwatch.model.rules import RULES

SECOND = 1_000_000_000
BEGIN = 1_764_000_000 * SECOND


def key_hash(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]


def make_route(
    rule: OrderingRule | None = None,
    *,
    candidates: Sequence[Candidate] = (),
    severities: dict[str, str] | None = None,
    wildcard: bool = False,
    compacted: bool = False,
) -> Route:
    route = Route(
        server="prod", protocol="kafka", cluster="c", host="h", port=9092, filter="orders", address="orders",
        document="orders.yaml", spec_id=None, channels=("orders",), candidates=tuple(candidates),
        severities={rule.id: rule.severity for rule in RULES.values()} | (severities or {}),
        ordering=rule or OrderingRule(), wildcard=wildcard, compacted=compacted,
    )  # fmt: skip
    wanted = (*SequenceCheck.wants(route), *FreshnessCheck.wants(route))
    route.slots = {name: slot for slot, name in enumerate(dict.fromkeys(wanted))}
    return route


@dataclass
class Row:
    """One message; `at` seconds after the beginning."""

    number: object = None
    key: bytes | None = b"k"
    at: float = 0.0
    payload: bytes | None = None
    partition: int | None = 0
    headers: list[tuple[str, HeaderValue]] = field(default_factory=list)
    value: object = None
    message: int = -1
    gap: bool = False
    live: bool = True
    position: int | None = None
    sent: float | None = None
    address: str | None = None
    properties: dict[str, object] | None = None


def numbered(numbers: Iterable[int], **about: object) -> list[Row]:
    return [Row(number, **about) for number in numbers]  # type: ignore[arg-type]


def _header(number: object) -> HeaderValue:
    return number if number is None or isinstance(number, bytes) else str(number).encode()


class Stream:
    """Runs rows through the checks; rows of one partition in a row share a batch unless `cut` says otherwise."""

    def __init__(self, route: Route, **bounds: int) -> None:
        self.route = route
        self.fields = FieldsCheck(route)
        self.check = SequenceCheck(route, key_hash, **bounds)
        self.freshness = FreshnessCheck(route, key_hash)
        self.findings: list[Finding] = []
        self.observations: list[Observation] = []
        self._positions: dict[object, int] = {}

    def feed(self, rows: Sequence[Row], cuts: frozenset[int] = frozenset()) -> Stream:
        begin = 0
        for at in range(1, len(rows) + 1):
            if at == len(rows) or at in cuts or _apart(rows[at - 1], rows[at]):
                self._take(rows[begin:at])
                begin = at
        return self

    def _take(self, rows: Sequence[Row]) -> None:
        positions = []
        for row in rows:
            place = (row.partition, row.address)
            position = self._positions.get(place, 0) if row.position is None else row.position
            self._positions[place] = position + 1
            positions.append(position)
        first = rows[0]
        batch = Batch(
            server="prod", filter="orders", partition=first.partition,
            addresses=None if first.address is None else [row.address or "" for row in rows],
            payloads=[
                b"%d %s" % (hash(str(row.number)), row.key or b"") if row.payload is None else row.payload
                for row in rows
            ],
            headers=[
                [*([] if row.number is None else [("sequence_id", _header(row.number))]), *row.headers] for row in rows
            ],
            keys=[row.key for row in rows], positions=positions,
            sent_ns=[None if row.sent is None else BEGIN + round(row.sent * SECOND) for row in rows],
            time_source="producer", observed_ns=[BEGIN + round(row.at * SECOND) for row in rows],
            properties=None if first.properties is None else [row.properties or {} for row in rows],
            live=first.live, gap=ObservationGap(0, 1, None, "reconnected") if first.gap else None,
        )  # fmt: skip
        obs = Observation(batch, self.route)
        self.fields.observe(obs)
        obs.values = [row.value for row in rows]
        obs.decoded = bytearray(row.value is not None for row in rows)
        obs.message = [row.message for row in rows]
        self.check.observe(obs)
        self.freshness.observe(obs)
        self.observations.append(obs)
        for row, fault in obs.faults:
            self.findings.append(
                Finding(
                    rule=fault.rule, severity=fault.severity, summary=fault.summary, server="prod", channel="orders",
                    address="orders", time_ns=batch.observed_ns[row], partition=batch.partition,
                    position=batch.positions[row], key_hash=fault.key_hash,
                )
            )  # fmt: skip

    def tick(self, at: float) -> Stream:
        self.findings += self.check.advance(BEGIN + round(at * SECOND))
        return self

    def finish(self, at: float) -> Stream:
        self.findings += self.check.finish(BEGIN + round(at * SECOND))
        return self

    @property
    def row(self) -> OrderingRow:
        return self.check.statistics()

    def rules(self, prefix: str = "sequence.") -> list[str]:
        return [finding.rule.removeprefix(prefix) for finding in self.findings if finding.rule.startswith(prefix)]

    def summaries(self) -> list[str]:
        return [finding.summary for finding in self.findings]


def _apart(one: Row, other: Row) -> bool:
    return (
        other.gap or one.partition != other.partition or one.live != other.live
        or (one.address is None) != (other.address is None)
    )  # fmt: skip
