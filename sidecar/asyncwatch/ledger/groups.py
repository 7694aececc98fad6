"""Findings grouped by cause: one broken producer is one group with a count, a first and a last place.

Source: interfaces.md §3 (fingerprint, at most 10,000 groups).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from msgspec import structs

from asyncwatch.contract.document_finding import Position
from asyncwatch.ledger.evidence import Evidence, Witness
from asyncwatch.ledger.trend import Steps
from asyncwatch.model.clock import format_time
from asyncwatch.model.distribution import Exemplar, is_sampled
from asyncwatch.model.finding import Fault, Finding, fingerprint
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import FindingRow, Place
from asyncwatch.model.route import Route
from asyncwatch.model.rules import RULES
from asyncwatch.model.severity import SEVERITIES, given_rules
from asyncwatch.model.view import FindingView

MOST_GROUPS: Final = 10_000
_REST: Final = "_other"
_NEVER_NS: Final = 1 << 63
_JUDGED: Final = frozenset({"payload", "headers", "key", "message"})


class Spot(NamedTuple):
    """Where an occurrence was seen, kept raw: written out only when a report is made."""

    time_ns: int
    partition: int | None
    position: int | None
    trace_id: str | None
    key_hash: str | None


class Group:
    """One cause."""

    __slots__ = (
        "about", "before", "count", "evidence", "example", "first", "last", "place", "row", "stepped", "steps", "view",
    )  # fmt: skip

    def __init__(self, about: Finding, spot: Spot) -> None:
        self.about = about
        self.count = 0
        self.before: dict[str, int] = {}
        """Occurrences while it had other severities, by those."""
        self.first = spot
        self.last = spot
        self.example: Exemplar | None = None
        """The newest occurrence in a message whose trace is recorded."""
        self.row: FindingRow | None = None
        """As it was last written; None since it grew."""
        self.evidence = Evidence()
        self.steps: Steps = {}
        """Occurrences in the last five minutes, for `stepped` of all."""
        self.stepped = 0
        self.view: FindingView | None = None
        self.place: Position | None = None

    def by_severity(self) -> dict[str, int]:
        """Give the occurrences by the severity that they had."""
        now = self.count - sum(self.before.values())
        return self.before | {self.about.severity: now + self.before.get(self.about.severity, 0)}


class FindingGroups:
    """All groups of a run."""

    def __init__(self, key_hash: Callable[[bytes], str]) -> None:
        self._key_hash = key_hash
        self.witness = Witness()
        self._groups: dict[tuple[object, ...], Group] = {}
        self._rest: Group | None = None
        self._violations: dict[tuple[str, str], int] = {}
        self.counts: dict[str, int] = {}
        """Occurrences by rule."""

    def __len__(self) -> int:
        return len(self._groups)

    def take(self, obs: Observation) -> None:
        """Count the faults of a batch."""
        route, batch = obs.route, obs.batch
        witness, looked_at = self.witness, -1
        for row, fault in obs.faults:
            chosen = obs.message[row]
            channel = route.candidates[chosen].channel if chosen >= 0 else route.channel
            context = obs.context[row] if obs.context is not None else None
            key = batch.keys[row]
            spot = Spot(
                batch.observed_ns[row],
                batch.partition,
                batch.positions[row],
                None if context is None else context[3:35].decode(),
                fault.key_hash or (None if key is None else self._key_hash(key)),
            )
            identity = (
                fault.rule, route.server, channel or route.address, fault.message, fault.group_path,
                fault.schema_path, None,
            )  # fmt: skip
            group = self._groups.get(identity)
            if group is None:
                group = self._open(identity, _about(fault, route.server, channel, route.address), spot)
            self._count(group, spot, fault)
            if context is not None and is_sampled(context):
                group.example = Exemplar(1, context, batch.observed_ns[row])
            if row != looked_at:
                looked_at, sender = row, witness.senders.read(obs, row)
            group.evidence.count(sender)
            if spot.time_ns >= group.evidence.due_ns:
                witness.look(group.evidence, obs, row, fault)

    def announce(self, findings: Sequence[Finding]) -> None:
        """Count findings that belong to no message of a batch."""
        for finding in findings:
            spot = Spot(
                finding.time_ns, finding.partition, finding.position, finding.trace_id, finding.key_hash
            )  # fmt: skip
            identity = (
                finding.rule, finding.server, finding.channel or finding.address, finding.message,
                finding.group_path, finding.schema_path, finding.group,
            )  # fmt: skip
            group = self._groups.get(identity) or self._open(identity, finding, spot)
            self._count(group, spot, finding)

    def _open(self, identity: tuple[object, ...], about: Finding, spot: Spot) -> Group:
        if len(self._groups) >= MOST_GROUPS - 1:
            identity = (_REST,)
            known = self._groups.get(identity)
            if known is not None:
                return known
            about = Finding(
                rule=about.rule, severity=about.severity, server=about.server, channel=None, address=None,
                time_ns=about.time_ns, summary=f"groups beyond the first {MOST_GROUPS - 1:,} are counted here together",
            )  # fmt: skip
        group = self._groups[identity] = Group(about, spot)
        if identity == (_REST,):
            group.evidence.due_ns = _NEVER_NS  # many causes: no message stands for them all
            self._rest = group
        return group

    def _count(self, group: Group, spot: Spot, one: Fault | Finding) -> None:
        group.count += 1
        group.last = spot
        group.row = None
        about = group.about
        if one.severity != about.severity and _is_worse(one.severity, about.severity):
            self._worsen(group, one)
        self.counts[one.rule] = self.counts.get(one.rule, 0) + 1
        if one.severity != "info" and RULES[one.rule].family in _JUDGED:
            row = (about.server, about.channel or about.address or "")
            self._violations[row] = self._violations.get(row, 0) + 1

    def _worsen(self, group: Group, one: Fault | Finding) -> None:
        """Let a group have the worst severity that is counted there, from this occurrence on, and tell what it is about."""
        about = group.about
        group.before = group.by_severity()
        group.before[about.severity] -= 1
        group.about = structs.replace(about, severity=one.severity)
        if group is not self._rest:
            group.about = structs.replace(
                group.about, summary=one.summary, keyword=one.keyword, expected=one.expected, actual=one.actual
            )

    def forget_samples(self) -> None:
        """Let go what messages looked like; the next ones are looked at."""
        for identity, group in self._groups.items():
            if identity != (_REST,):
                group.evidence.sample, group.evidence.due_ns = None, 0

    def regrade(self, routes: Iterable[Route]) -> None:
        """Take the severities that routes have by now; a rule that is off leaves its groups as they were."""
        severities = {
            (route.server, place): route.severities for route in routes for place in (*route.channels, route.address)
        }
        for group in self._groups.values():
            about = group.about
            of_route = severities.get((about.server, about.channel or about.address or ""), {})
            found = of_route.get(about.rule)
            if about.severity == "info" and about.rule not in given_rules(of_route):
                continue  # milder than its rule by itself, or soon told otherwise by the next occurrence
            if found not in {None, "off", about.severity}:
                group.before = group.by_severity()
                group.about = structs.replace(about, severity=found)
                group.row = None

    def violations(self, server: str, channel: str) -> int:
        """Give how many faults of payload, headers, key or message a channel row has had."""
        return self._violations.get((server, channel), 0)

    def all(self) -> list[Group]:
        """Give the groups, in the order in which they opened."""
        return list(self._groups.values())

    def rows(self) -> list[FindingRow]:
        """Write the groups out, in the order in which they opened; one that did not grow is the same object as before."""
        return [group.row or written(group) for group in self._groups.values()]

    def find(self, name: str) -> Group | None:
        """Give the group of a fingerprint."""
        return next(
            (group for group in self._groups.values() if (group.row or written(group)).fingerprint == name), None
        )

    def has_unexplained(self, about: Finding) -> bool:
        """Tell whether failures of the same rule and message were counted without saying why."""
        if not about.rule.endswith(".schema"):
            return False
        place = about.channel or about.address
        return any(
            (about.rule, about.server, place, message, None, None, None) in self._groups
            for message in (about.message, None)
        )


_RANKS: Final[dict[str, int]] = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def _is_worse(severity: str, than: str) -> bool:
    return _RANKS[severity] < _RANKS[than]


def written(group: Group) -> FindingRow:
    """Write a group out."""
    if group.row is None:
        group.row = _row(group)
    return group.row


def _about(fault: Fault, server: str, channel: str | None, address: str) -> Finding:
    return Finding(
        rule=fault.rule, severity=fault.severity, summary=fault.summary, server=server, channel=channel,
        address=address, time_ns=0, message=fault.message, path=fault.group_path, group_path=fault.group_path,
        schema_path=fault.schema_path, keyword=fault.keyword, expected=fault.expected, actual=fault.actual,
    )  # fmt: skip


def _row(group: Group) -> FindingRow:
    about = group.about
    return FindingRow(
        rule=about.rule, severity=about.severity, server=about.server, channel=about.channel, address=about.address,
        message=about.message, group=about.group, path=about.group_path, schema_path=about.schema_path,
        keyword=about.keyword, expected=about.expected, actual=about.actual, count=group.count,
        fingerprint=fingerprint(
            (
                about.rule, about.server, about.channel or about.address, about.message, about.group_path,
                about.schema_path, about.group,
            )
        ),
        summary=about.summary, first=_place(group.first), last=_place(group.last),
    )  # fmt: skip


def _place(spot: Spot) -> Place:
    return Place(
        time=format_time(spot.time_ns), partition=spot.partition, offset=spot.position, trace_id=spot.trace_id,
        key_hash=spot.key_hash,
    )  # fmt: skip
