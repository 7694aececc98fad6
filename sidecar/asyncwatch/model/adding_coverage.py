"""Coverage united: a channel or message counts as seen when any part has seen it.

A report tells how many were seen, its channel rows tell which. Where an address has several channels with the same
message, only the first of them counts messages; the others are seen with it, and only their number is told. They are
counted as seen here as often as one part alone saw them: never more than was seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.model.adding_fields import add_shares, add_shown, add_undocumented
from asyncwatch.model.report import (
    ChannelCoverage,
    ChannelRow,
    ContractStrength,
    Coverage,
    MessageCoverage,
    Report,
)

Place = tuple[str, str]
"""Address and channel, or channel and message."""
_LISTED = 1000


def add_coverage(reports: Sequence[Report]) -> Coverage:
    """Unite what several reports have covered of their documents."""
    parts = [report.coverage for report in reports]
    channels = {place for report in reports for place in _channels(report)}
    messages = {place for report in reports for place in _messages(report)}
    seen = {place for report in reports for place, shown in _messages(report).items() if shown}
    by_message = add_shown([one for part in parts for one in part.by_message])
    return Coverage(
        channels=ChannelCoverage(
            documented=max([len(channels), *(part.channels.documented for part in parts)]),
            seen=_channels_seen(reports),
            undocumented=list(dict.fromkeys(one for part in parts for one in part.channels.undocumented))[:_LISTED],
        ),
        messages=MessageCoverage(
            documented=max([len(messages), *(part.messages.documented for part in parts)]),
            seen=max([len(seen), *(part.messages.seen for part in parts)]),
            unseen=_unseen(reports, messages, seen),
        ),
        fields=add_shares([one.fields for one in by_message], [part.fields for part in parts]),
        enum_values=add_shares([one.enum_values for one in by_message], [part.enum_values for part in parts]),
        strength=_strength(reports), looked_at=_total([part.looked_at for part in parts]), by_message=by_message,
        undocumented=add_undocumented([one for part in parts for one in part.undocumented], by_message),
    )  # fmt: skip


def _rows(report: Report) -> list[ChannelRow]:
    return [row for row in report.channels if row.channel is not None]


def _channels(report: Report) -> dict[Place, bool]:
    """Give the documented channels and whether messages were counted in their own row."""
    found: dict[Place, bool] = {}
    for row in _rows(report):
        place = (row.address, row.channel or "")
        found[place] = found.get(place, False) or row.messages.total > 0
    return found


def _messages(report: Report) -> dict[Place, bool]:
    found: dict[Place, bool] = {}
    for row in _rows(report):
        for name, counts in row.per_message.items():
            place = (row.channel or "", name)
            found[place] = found.get(place, False) or counts.total > 0
    return found


def _channels_seen(reports: Sequence[Report]) -> int:
    certain: set[Place] = set()
    only_counted = 0
    for report in reports:
        channels = _channels(report)
        shown = {place for place, counted in channels.items() if counted}
        busy = {(row.server, row.address) for row in _rows(report) if row.messages.total}
        beside = {
            (row.address, row.channel or "") for row in _rows(report) if (row.server, row.address) in busy
        } - shown  # fmt: skip
        left = report.coverage.channels.seen - len(shown)
        if left == len(beside):
            shown |= beside
            left = 0
        certain |= shown
        only_counted = max(only_counted, left)
    return max([len(certain) + only_counted, *(report.coverage.channels.seen for report in reports)])


def _unseen(reports: Sequence[Report], messages: set[Place], seen: set[Place]) -> list[str]:
    """Give the names that no part has seen, as the parts write them."""
    names: dict[str, int] = {}
    for _, name in messages:
        names[name] = names.get(name, 0) + 1
    found = dict.fromkeys(
        name if names[name] == 1 else f"{channel}/{name}"
        for report in reports
        for channel, name in _messages(report)
        if (channel, name) not in seen
    )
    return list(found)[:_LISTED]


def _total(numbers: Sequence[int | None]) -> int | None:
    return None if None in numbers else sum(number for number in numbers if number is not None)


def _strength(reports: Sequence[Report]) -> ContractStrength | None:
    """Add what different documents say; reports of the same documents say the same."""
    found: dict[tuple[tuple[str | None, ...], ...], ContractStrength] = {}
    for report in reports:
        own = report.coverage.strength
        if own is not None:
            documents = tuple(sorted((one.source, one.id or "", one.version or "") for one in report.documents))
            known = found.get(documents)
            if known is None or (own.leaves, own.unread) > (known.leaves, known.unread):
                found[documents] = own
    if not found:
        return None
    return ContractStrength(
        leaves=sum(one.leaves for one in found.values()), constrained=sum(one.constrained for one in found.values()),
        unread=sum(one.unread for one in found.values()),
        hollow=sorted({name for one in found.values() for name in one.hollow})[:_LISTED],
    )  # fmt: skip
