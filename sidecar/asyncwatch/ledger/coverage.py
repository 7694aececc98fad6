"""What of the documents the traffic has shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from asyncwatch.checks.coverage.check import MessageMarks
from asyncwatch.ledger.field_coverage import FieldCoverage
from asyncwatch.ledger.route_record import RouteRecord
from asyncwatch.model.report import ChannelCoverage, ContractStrength, Coverage, MessageCoverage, Share
from asyncwatch.model.route import Route
from asyncwatch.model.strength import added

_LISTED = 1000
"""Names in a list at most; the counts are always whole."""


def coverage(
    documented: Sequence[Route],
    undocumented: Sequence[Route],
    find: Callable[[Route], RouteRecord],
    fields: FieldCoverage,
) -> Coverage:
    """Count what is documented, and what of it was seen."""
    channels: dict[tuple[str, str], bool] = {}
    messages: dict[tuple[str, str, str], bool] = {}
    marks: dict[tuple[str, str, str], list[MessageMarks]] = {}
    looked_at, unread = 0, False
    for route in documented:
        record = find(route)
        seen, arrived = record.seen(), record.counted() > 0
        documents = dict(zip(route.channels, route.sources, strict=True))
        for position, channel in enumerate(route.channels):
            place = (documents[channel], channel)
            shown = arrived and (position == 0 or not route.candidates)
            channels[place] = channels.get(place, False) or shown
        for index, candidate in enumerate(route.candidates):
            told = (documents[candidate.channel], candidate.channel, candidate.message)
            messages[told] = messages.get(told, False) or index in seen
            own = record.checks.coverage.marks[index]
            if own.describes:
                marks.setdefault(told, []).append(own)
            unread = unread or bool(candidate.strength.unread)
            if index in seen:
                for channel, _ in candidate.channels:
                    channels[documents[channel], channel] = True
        looked_at += record.checks.coverage.statistics().looked_at
    by_message, beside = fields.write(marks)
    names = Counter(message for *_, message in messages)
    unseen = [
        message if names[message] == 1 else f"{channel}/{message}"
        for (_, channel, message), shown in messages.items()
        if not shown
    ]
    return Coverage(
        channels=ChannelCoverage(
            documented=len(channels), seen=sum(channels.values()),
            undocumented=[route.address for route in undocumented][:_LISTED],
        ),
        messages=MessageCoverage(documented=len(messages), seen=sum(messages.values()), unseen=unseen[:_LISTED]),
        fields=_sum([one.fields for one in by_message], unread=unread),
        enum_values=_sum([one.enum_values for one in by_message], unread=unread), strength=_strength(documented),
        looked_at=looked_at, by_message=by_message, undocumented=beside,
    )  # fmt: skip


def _sum(shares: Sequence[Share], *, unread: bool) -> Share | None:
    """Add; not known where all that is documented is in formats that are not read."""
    if not shares and unread:
        return None
    return Share(documented=sum(one.documented or 0 for one in shares), seen=sum(one.seen or 0 for one in shares))


def _strength(documented: Sequence[Route]) -> ContractStrength:
    """Say how much the documents say about the messages of each channel; several servers count once."""
    found = {(one.channel, one.message): one.strength for route in documented for one in route.candidates}
    read = added([one for one in found.values() if not one.unread])
    return ContractStrength(
        leaves=read.leaves, constrained=read.constrained, unread=len([one for one in found.values() if one.unread]),
        hollow=sorted({message for (_, message), one in found.items() if one.share == 0.0})[:_LISTED],
    )  # fmt: skip
