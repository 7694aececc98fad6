"""The moving numbers of finding groups, and everything known about one of them.

Rule: a group that is still costs nothing a second; its view is the same object as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from asyncwatch.contract.author import documented_sender
from asyncwatch.contract.entities import Contract
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.ledger.groups import FindingGroups, Group, written
from asyncwatch.ledger.route_record import RouteRecord
from asyncwatch.ledger.senders import shown_name
from asyncwatch.ledger.trend import Watched, grow, is_over
from asyncwatch.model.route import Route
from asyncwatch.model.view import FindingDetail, FindingView, SenderShare

_OF_MESSAGES = frozenset({"payload", "headers", "key"})
UNKNOWN_SENDER = "unknown sender"


class FindingViews:
    """Trends, rates, lines of the documents and details of the groups of a run."""

    def __init__(self, groups: FindingGroups) -> None:
        self._groups = groups
        self._watched = Watched()
        self._contracts: list[Contract] = []
        self._lines = DocumentLines(())
        self._still: dict[str, list[float | None]] = {}
        self._renewed: set[str] = set()

    def describe(self, contracts: Sequence[Contract]) -> None:
        """Take the documents in which findings have their lines; called again when they were read anew."""
        self._contracts = list(contracts)
        self._lines = DocumentLines(contracts)
        for group in self._groups.all():
            group.view = group.place = None

    def tick(self, connected: Mapping[str, bool]) -> None:
        """Let a second pass: `connected` tells which servers were looked at."""
        self._watched.tick(connected)
        self._renewed.clear()
        step = self._watched.step
        for group in self._groups.all():
            if group.count != group.stepped:
                grow(group.steps, step, group.count - group.stepped)
                group.stepped = group.count
            elif group.steps and is_over(group.steps, step):
                group.steps.clear()

    def views(self) -> list[FindingView]:
        """Give the view of every group, in the order of their rows."""
        return [self._view(group) for group in self._groups.all()]

    def _view(self, group: Group) -> FindingView:
        known = group.view
        server = group.about.server
        if group.steps or known is None:
            window = self._watched.columns(server, group.steps)
            rate = self._watched.rate(server, group.steps)
            if known is None or known.window != window or known.rate != rate:
                place = group.place = group.place or self._lines.locate(group.about)
                file, line = (place.file, place.line) if place is not None else (None, None)
                group.view = known = FindingView(rate=rate, window=window, file=file, line=line)
            return known
        still = self._still_window(server)
        if known.window is not still:
            if known.window != still or known.rate:
                known = FindingView(rate=0.0, window=still, file=known.file, line=known.line)
                group.view = known
            else:
                known.window = still  # equal: the picture does not change
        return known

    def _still_window(self, server: str) -> list[float | None]:
        """Give the columns of a group without occurrences; the same object as long as they are equal."""
        if server not in self._renewed:
            self._renewed.add(server)
            window = self._watched.columns(server, {})
            if self._still.get(server) != window:
                self._still[server] = window
        return self._still[server]

    def detail(self, fingerprint: str, records: Iterable[RouteRecord]) -> FindingDetail | None:
        """Give everything known about a group; None if there is none of that name."""
        group = self._groups.find(fingerprint)
        if group is None:
            return None
        view = self._view(group)
        record = next((one for one in records if _is_about(group, one.route)), None)
        route = None if record is None else record.route
        return FindingDetail(
            finding=written(group), view=view, protocol=None if route is None else route.protocol,
            share=None if record is None else self._share(group, record), senders=self._senders(group, route),
            sample=group.evidence.sample,
            excerpt=None if group.place is None else self._lines.excerpt(group.place),
            schema=self._lines.says(group.about),
        )  # fmt: skip

    def _share(self, group: Group, record: RouteRecord) -> float | None:
        """Give which share of the messages of its kind a group concerns.

        None where a message may show the group several times, or where some failures were counted unexplained.
        """
        about = group.about
        if about.rule.partition(".")[0] not in _OF_MESSAGES or about.message is None:
            return None
        if "*" in (about.group_path or "") or about.group is not None or self._groups.has_unexplained(about):
            return None
        total = record.counted_of(about.message)
        return group.count / total if total >= group.count else None

    def _senders(self, group: Group, route: Route | None) -> list[SenderShare]:
        evidence = group.evidence
        shares = [
            SenderShare(sender=one.name, version=one.version, source=one.source, bad=bad, messages=None)
            for one, bad in evidence.senders.items()
        ]
        if evidence.unnamed:
            title = None
            if route is not None and route.documented:
                title = documented_sender(self._contracts, route.server, route.address)
            name = None if title is None else shown_name(title)
            shares.append(
                SenderShare(
                    sender=name or UNKNOWN_SENDER, version=None, source="document" if name else "unknown",
                    bad=evidence.unnamed, messages=None,
                )
            )  # fmt: skip
        return sorted(shares, key=lambda one: (-one.bad, one.sender, one.version or ""))


def _is_about(group: Group, route: Route) -> bool:
    about = group.about
    if route.server != about.server:
        return False
    return about.channel in route.channels if about.channel is not None else route.address == about.address
