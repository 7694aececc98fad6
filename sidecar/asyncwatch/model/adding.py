"""Reports added up: what several workers, or several sidecars, have seen, as one picture.

Rule 1: a sum with an unknown part is unknown. Where None means "there was nothing here" (no latency, never seen, not told
by this broker) the known part is the whole; each such place says so.
Rule 2: the order of the parts decides only the order of rows.
Rule 3: messages are counted once for each part that read them; `positions` tell which were read, overlaps once.
Source: interfaces.md §3.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeVar

from msgspec import structs

from asyncwatch.model.adding_channels import add_channels
from asyncwatch.model.adding_coverage import add_coverage
from asyncwatch.model.clock import parse_time
from asyncwatch.model.finding import fingerprint
from asyncwatch.model.report import (
    Blind,
    Counts,
    FindingRow,
    LagRow,
    Place,
    Report,
    ServerRow,
    SidecarRow,
    Tally,
)
from asyncwatch.model.severity import SEVERITIES

Row = TypeVar("Row")
Number = TypeVar("Number", int, float)

STATES_BY_TROUBLE: Final = ("misconfigured", "refused", "reconnecting", "connecting", "connected")
"""The states of a server, worst first."""
_MOST_GROUPS: Final = 10_000
_BLIND_SPANS: Final = 100


def add_reports(reports: Sequence[Report], names: Sequence[str] = ()) -> Report:
    """Add up reports of whole runs, at least one; `rate` is that of all messages over the whole time.

    `names`: what each part is called where servers differ between parts.
    """
    if len(reports) == 1:
        return reports[0]
    first, last = min(one.started for one in reports), max(one.ended for one in reports)
    return Report(
        asyncwatch=", ".join(sorted({version for one in reports for version in one.asyncwatch.split(", ")})),
        documents=unique(
            (one for report in reports for one in report.documents),
            lambda one: (one.id, one.title, one.version, one.source),
        ),
        started=first,
        ended=last,
        servers=add_servers(reports, names),
        messages=add_counts(one.messages for one in reports),
        channels=add_channels([(one, elapsed_s(one.started, one.ended)) for one in reports], elapsed_s(first, last)),
        lag=newest_lag(reports),
        findings=add_findings([one.findings for one in reports]),
        coverage=add_coverage(reports),
        sidecar=add_sidecars([one.sidecar for one in reports]),
    )


def elapsed_s(started: str, ended: str) -> float:
    """Give the seconds between two times of a report."""
    return max((parse_time(ended) or 0) - (parse_time(started) or 0), 0) / 1e9


def unique(rows: Iterable[Row], identity: Callable[[Row], Hashable]) -> list[Row]:
    """Keep the first of each identity."""
    found: dict[Hashable, Row] = {}
    for row in rows:
        found.setdefault(identity(row), row)
    return list(found.values())


def together(rows: Iterable[Row], identity: Callable[[Row], Hashable]) -> list[list[Row]]:
    """Give the rows of each identity, in the order in which identities came up."""
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        found.setdefault(identity(row), []).append(row)
    return list(found.values())


def total(numbers: Iterable[Number | None]) -> Number | None:
    """Add; unknown as soon as one part is."""
    added: Number | None = None
    for number in numbers:
        if number is None:
            return None
        added = number if added is None else added + number
    return added


def known_total(numbers: Iterable[Number | None]) -> Number | None:
    """Add what is there; None only where no part has any."""
    return total(number for number in numbers if number is not None)


def add_counts(rows: Iterable[Counts]) -> Counts:
    """Add messages by state."""
    columns = zip(*(structs.astuple(row) for row in rows), strict=True)
    return Counts(*(sum(column) for column in columns))


def add_servers(reports: Sequence[Report], names: Sequence[str]) -> list[ServerRow]:
    """Give each server in its worst state; `missed` holds what is known to have been missed."""
    labels = names or [""] * len(reports)
    named = [(row, label) for report, label in zip(reports, labels, strict=True) for row in report.servers]
    return [_add_server(rows) for rows in together(named, lambda one: one[0].server)]


def trouble(state: str) -> int:
    """Give the rank of a server's state, 0 = worst; a word of another version is worse than all."""
    return STATES_BY_TROUBLE.index(state) if state in STATES_BY_TROUBLE else -1


def worst_state(states: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Give the worst (state, since); trouble lasts since its first part, being connected since the last one is."""
    state = min((state for state, _ in states), key=lambda one: (trouble(one), one))
    moments = [since for one, since in states if one == state]
    return state, max(moments) if state == "connected" else min(moments)


def _add_server(named: Sequence[tuple[ServerRow, str]]) -> ServerRow:
    rows = [row for row, _ in named]
    state, since = worst_state([(row.state, row.since) for row in rows])
    differ = len({(row.state, row.error) for row in rows}) > 1
    errors = [
        f"{label}: {row.error or row.state}" if differ and label else row.error
        for row, label in named
        if row.state == state and (row.error or (differ and label and state != "connected"))
    ]
    spans = unique((span for row in rows for span in row.blind), lambda span: (span.start, span.end or "", span.reason))
    return ServerRow(
        server=rows[0].server, protocol=rows[0].protocol, state=state, since=since,
        breaks=sum(row.breaks for row in rows), missed=known_total(row.missed for row in rows),
        blind=sorted(spans, key=_when)[-_BLIND_SPANS:],
        creates=sorted({one for row in rows for one in row.creates}),
        rights_missing=sorted({one for row in rows for one in row.rights_missing}),
        error="; ".join(sorted({error for error in errors if error})) or None,
    )  # fmt: skip


def _when(span: Blind) -> tuple[str, str, str]:
    return span.start, span.end or "", span.reason


def newest_lag(reports: Sequence[Report]) -> list[LagRow] | None:
    """Give the newest row of each group, address and partition; None where no part could ask."""
    asked = [one.lag for one in reports if one.lag is not None]
    if not asked:
        return None
    rows = together((row for lag in asked for row in lag), lag_identity)
    return [max(same, key=lambda row: (row.as_of, repr(row))) for same in rows]


def lag_identity(row: LagRow) -> tuple[str, str, str, int | None]:
    """Name what a lag row is about."""
    return row.server, row.group, row.address, row.partition


def finding_identity(row: FindingRow) -> tuple[str, str]:
    """Name the group; the server stands beside, because parts may name one server differently."""
    return row.fingerprint, row.server


def add_findings(parts: Sequence[Sequence[FindingRow]]) -> list[FindingRow]:
    """Add groups of one cause; beyond 10,000 groups the rest is one, as in a single report."""
    rows = [_add_finding(same) for same in together((row for part in parts for row in part), finding_identity)]
    if len(rows) <= _MOST_GROUPS:
        return rows
    kept, rest = rows[: _MOST_GROUPS - 1], rows[_MOST_GROUPS - 1 :]
    about = rest[0]
    other = structs.replace(
        about, severity=min((row.severity for row in rest), key=_rank), channel=None, address=None, message=None, group=None, path=None, schema_path=None,
        keyword=None, expected=None, actual=None, count=sum(row.count for row in rest),
        fingerprint=fingerprint((about.rule, about.server, None, None, None, None, None)),
        summary=f"groups beyond the first {_MOST_GROUPS - 1:,} are counted here together",
        first=min((row.first for row in rest), key=_moment), last=max((row.last for row in rest), key=_moment),
    )  # fmt: skip
    return [*kept, other]


def _rank(severity: str) -> int:
    """Give the place of a severity, worst first; a word of another version is worse than all."""
    return next((rank for rank, one in enumerate(SEVERITIES) if one == severity), -1)


def _add_finding(rows: Sequence[FindingRow]) -> FindingRow:
    if len(rows) == 1:
        return rows[0]
    shown = min(rows, key=lambda row: (_rank(row.severity), _moment(row.first), repr(row)))
    return structs.replace(
        shown, count=sum(row.count for row in rows), first=min((row.first for row in rows), key=_moment),
        last=max((row.last for row in rows), key=_moment),
    )  # fmt: skip


def _moment(place: Place) -> tuple[str, ...]:
    """Order places by time; what is left decides between equal times, so that the order of the parts does not."""
    return tuple("" if one is None else str(one).rjust(24) for one in structs.astuple(place))


def add_sidecars(rows: Sequence[SidecarRow]) -> SidecarRow:
    """Add what all parts cost and dropped; the whole is behind as far as its slowest part."""
    behind = [row.behind_seconds for row in rows]
    return SidecarRow(
        cpu_seconds=_rounded(total(row.cpu_seconds for row in rows)),
        rss_bytes=total(row.rss_bytes for row in rows),
        behind_seconds=None if None in behind else max(one for one in behind if one is not None),
        dropped=_add_tallies([row.dropped for row in rows]),
        exported=_add_tallies([row.exported for row in rows]),
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _add_tallies(rows: Sequence[Tally]) -> Tally:
    return Tally(spans=sum(row.spans for row in rows), events=sum(row.events for row in rows))
