"""What of the documents the traffic has shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from asyncwatch.ledger.rows import RouteChecks, checks_of
from asyncwatch.model.report import ChannelCoverage, Coverage, MessageCoverage
from asyncwatch.model.route import Route

_LISTED = 1000
"""Names in a list at most; the counts are always whole."""


def coverage(
    documented: Sequence[Route], undocumented: Sequence[Route], find: Callable[[Route], RouteChecks] = checks_of
) -> Coverage:
    """Count documented channels and messages, and those that were seen; fields and enum values are not counted: None."""
    channels: dict[tuple[str, str], bool] = {}
    messages: dict[tuple[str, str], bool] = {}
    for route in documented:
        checks = find(route)
        seen = checks.coverage.statistics().seen
        arrived = checks.volume.statistics().total > 0
        for position, channel in enumerate(route.channels):
            place = (route.document or "", channel)
            shown = arrived and (position == 0 or not route.candidates)
            channels[place] = channels.get(place, False) or shown
        for index, candidate in enumerate(route.candidates):
            place = (candidate.channel, candidate.message)
            messages[place] = messages.get(place, False) or index in seen
            if index in seen:
                for channel, _ in candidate.channels:
                    channels[route.document or "", channel] = True
    names = Counter(message for _, message in messages)
    unseen = [
        message if names[message] == 1 else f"{channel}/{message}"
        for (channel, message), shown in messages.items()
        if not shown
    ]
    return Coverage(
        channels=ChannelCoverage(
            documented=len(channels), seen=sum(channels.values()),
            undocumented=[route.address for route in undocumented][:_LISTED],
        ),
        messages=MessageCoverage(documented=len(messages), seen=sum(messages.values()), unseen=unseen[:_LISTED]),
        fields=None, enum_values=None,
    )  # fmt: skip
