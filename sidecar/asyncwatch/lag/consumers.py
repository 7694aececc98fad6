"""All consumer groups of one server: what each poll told, and what it proves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from asyncwatch.lag.findings import Told
from asyncwatch.lag.position_times import PositionTimes
from asyncwatch.lag.reading import reading_of
from asyncwatch.lag.retention import risk_of, share_unread, time_left_s
from asyncwatch.lag.samples import History
from asyncwatch.lag.standing import Standing, together
from asyncwatch.lag.status import Case, status_of
from asyncwatch.lag.trend import Trend, catch_up_s, trend_of
from asyncwatch.lag.unread import UnreadTimes
from asyncwatch.model.finding import Finding
from asyncwatch.model.progress import GroupProgress, Position, Progress
from asyncwatch.model.route import Route
from asyncwatch.model.rules import RULES

DEFAULT_SEVERITIES: Final = {rule.id: rule.severity for rule in RULES.values()}
GONE_NS: Final = 3_600_000_000_000
"""A group that does not exist any more is shown for an hour."""


class _Place(NamedTuple):
    address: str
    partition: int | None


class _Group:
    """What belongs to a group wherever it reads."""

    __slots__ = ("committed", "gone_ns", "histories", "members", "moved_ns")

    def __init__(self, now_ns: int) -> None:
        self.histories: dict[_Place, History] = {}
        self.committed: int | None = None
        self.moved_ns = now_ns
        self.members: int | None = None
        self.gone_ns: int | None = None
        """When it was first missing; None = it is there."""


class Consumers:
    """The groups of one server. Polls go in by `take`, conclusions come out by `judge`.

    `route_of` finds the documented route of a real address (None: several, or none), `times_of` what we read there. `read_committed`: the groups
    stop at open transactions. `named`: groups that the documents name.
    """

    def __init__(
        self,
        server: str,
        route_of: Callable[[str], Route | None],
        times_of: Callable[[str, int | None], PositionTimes | None],
        *,
        read_committed: bool = False,
        named: frozenset[str] = frozenset(),
    ) -> None:
        self._server = server
        self._route_of = route_of
        self._times_of = times_of
        self._read_committed = read_committed
        self.named = named
        self._unread: dict[_Place, UnreadTimes] = {}
        self._groups: dict[str, _Group] = {}
        self._told: dict[tuple[str, str], Told] = {}
        self._as_of_ns = 0
        self._next_asked = 0

    def take(self, progress: Progress) -> Iterator[None]:
        """Take a poll in which groups could be asked, group by group: it is whole when the iterator ends."""
        now_ns = self._as_of_ns = progress.as_of_ns
        seen: dict[str, list[GroupProgress]] = {}
        for row in progress.groups or ():
            empty = row.committed is None and row.end is not None and row.end == row.low
            if not empty:
                seen.setdefault(row.group, []).append(row)
        for group, rows in seen.items():
            self._take_group(group, rows, now_ns)
            yield
        for group, known in list(self._groups.items()):
            if group in seen:
                continue
            if known.gone_ns is None:
                known.gone_ns, known.members = now_ns, 0
            elif now_ns - known.gone_ns > GONE_NS:
                self._forget(group)
            yield
        places = {place for known in self._groups.values() for place in known.histories}
        self._unread = {place: one for place, one in self._unread.items() if place in places}

    def _take_group(self, group: str, rows: list[GroupProgress], now_ns: int) -> None:
        known = self._groups.setdefault(group, _Group(now_ns))
        if known.gone_ns is not None:
            # It is there again: another group under the old name.
            known = self._groups[group] = _Group(now_ns)
        known.members = rows[0].members
        before, known.histories = known.histories, {}
        for row in rows:
            place = _Place(row.address, row.partition)
            history = known.histories[place] = before.get(place) or History()
            was_known = bool(history.samples)
            history.note(row, now_ns, read_committed=self._read_committed)
            if was_known and len(history.samples) == 1 and place in self._unread:
                self._unread[place].forget()
        # What was not told this time is as it was told last.
        committed = sum(history.committed or 0 for history in known.histories.values())
        if known.committed is not None and committed != known.committed:
            known.moved_ns = now_ns
        known.committed = committed
        commits = [row.commit_ns for row in rows if row.commit_ns is not None]
        if commits:
            known.moved_ns = min(max(commits), now_ns)

    def _forget(self, group: str) -> None:
        del self._groups[group]
        self._told = {place: told for place, told in self._told.items() if place[0] != group}

    def lose_sight(self, now_ns: int) -> None:
        """Take a poll that failed: nothing is known of any group now."""
        self._as_of_ns = now_ns
        for known in self._groups.values():
            for history in known.histories.values():
                history.lose_sight(now_ns)

    def wanted(self, limit: int) -> list[Position]:
        """Give positions whose records the broker should be asked for, at most `limit`, every group in its turn."""
        found: dict[Position, None] = {}
        all_of = [
            (place, history)
            for known in self._groups.values()
            if known.gone_ns is None
            for place, history in known.histories.items()
        ]
        start = self._next_asked % max(len(all_of), 1)
        for at in (*range(start, len(all_of)), *range(start)):
            if len(found) >= limit:
                self._next_asked = at
                break
            place, history = all_of[at]
            position = history.first_unread()
            if position is None or not history.now.lag:
                continue
            unread = self._unread.setdefault(place, UnreadTimes())
            if unread.is_wanted(position, self._times_of(*place), self._as_of_ns):
                found[Position(place.address, place.partition, position)] = None
        return list(found)

    def learn(self, wanted: list[Position], times_ns: list[int | None]) -> None:
        """Take the broker's answers to `wanted`."""
        for asked, time_ns in zip(wanted, times_ns, strict=True):
            unread = self._unread.get(_Place(asked.address, asked.partition))
            if unread is not None:
                unread.learn(asked.position, time_ns, self._as_of_ns)

    def judge(self) -> Iterator[tuple[Standing, list[Standing], list[Finding]]]:
        """Give, group by group and address by address, the whole, its partitions, and what is to be told."""
        for name in sorted(self._groups):
            group = self._groups[name]
            routes: dict[str, Route | None] = {}
            places: dict[str, list[_Place]] = {}
            for place in sorted(group.histories, key=lambda one: (one.address, one.partition or 0)):
                route = self._route_of(place.address)
                address = place.address if route is None else route.address
                routes[address] = route
                places.setdefault(address, []).append(place)
            for address, of_address in places.items():
                route = routes[address]
                parts = [self._standing(name, group, place, address, route) for place in of_address]
                if len(parts) == 1 and parts[0].partition is None:
                    whole, shown = parts[0], []
                else:
                    whole = together(parts, group.members)
                    # Partitions of several topics under one address with placeholders share their numbers.
                    shown = parts if len({place.address for place in of_address}) == 1 else []
                whole.reading = reading_of(whole, parts)
                told = self._told.setdefault((name, address), Told())
                severities: Mapping[str, str] = DEFAULT_SEVERITIES if route is None else route.severities
                channel = None if route is None else route.channel
                if name in self.named and severities["lag.abandoned"] == "info":
                    severities = {**severities, "lag.abandoned": "warning"}
                yield whole, shown, told.take(whole, (self._server, channel), severities)

    def _standing(self, name: str, group: _Group, place: _Place, address: str, route: Route | None) -> Standing:
        history = group.histories[place]
        if group.gone_ns is not None:
            return Standing(
                group=name, address=address, partition=place.partition, as_of_ns=self._as_of_ns,
                status="abandoned", messages=None, seconds=None, trend=Trend(), members=0,
            )  # fmt: skip
        now, latest = history.now, history.latest
        assert latest is not None  # a history begins with a poll
        counted = latest.pending is not None
        trend = trend_of(history.samples, counted=counted)
        members = group.members
        silent_ns = self._as_of_ns - group.moved_ns
        status = status_of(Case(history, trend, self._as_of_ns, members, silent_ns))
        read = self._times_of(*place)
        seconds, source = None, None
        position = history.first_unread()
        if now.lag == 0:
            seconds = 0.0
        elif now.lag is not None and position is not None:
            unread = self._unread.setdefault(place, UnreadTimes()).find(position, read)
            if unread is not None:
                seconds, source = max(self._as_of_ns - unread.time_ns, 0) / 1e9, unread.source
        records = None
        if read is not None and position is not None and now.end is not None and now.lag is not None:
            records = 0 if now.lag == 0 else read.records_between(position, now.end)
        share = None if counted else share_unread(now.lag, now.low, now.end)
        left_s = time_left_s(latest.retention_s, seconds)
        catching_s = catch_up_s(now.lag, trend)
        risk = None
        if now.lag and status != "abandoned":
            compacted = route is not None and route.compacted
            risk = risk_of(share, left_s, catching_s, deletes=bool(now.low) and not compacted)
        known = latest.commit_ns is not None or bool(history.changes)
        moved_ns = latest.commit_ns if latest.commit_ns is not None else history.moved_ns()
        return Standing(
            group=name, address=address, partition=place.partition, as_of_ns=self._as_of_ns,
            status=status, messages=now.lag, seconds=seconds, trend=trend, members=members, committed=now.committed,
            end=now.end, commit_age_s=max(self._as_of_ns - moved_ns, 0) / 1e9 if known else None,
            member=latest.member, records=records, catch_up_s=catching_s, retention_s=left_s, share=share, risk=risk,
            source=source, deleted_unread=history.deleted_unread,
        )  # fmt: skip
