"""What the NATS tap would do: how each subject is read, what it leaves, and the least rights that this takes.

Which streams there are is known only once the server was asked; until then a right stands for every stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Filter
from asyncwatch.taps.nats.jetstream import PREFIX, Stream
from asyncwatch.taps.nats.selection import Division, Selection
from asyncwatch.taps.nats.subjects import covers, subject_of
from asyncwatch.taps.planned import Outlook, PlannedReading, Right, Wish

_GONE: Final = "deleted at the end, and by the server 5 s after a crash"
_INBOX: Final = Right("subject", "subscribe", "_INBOX.>", "for the server's answers and for what streams deliver")
_LIST: Final = "STREAM.LIST"


def nats_outlook(
    server: str,
    settings: ServerSettings,
    wanted: Sequence[Filter],
    wish: Wish,
    streams: Sequence[Stream] | None = None,
) -> Outlook:
    """Tell what the tap would do; `streams` None = the server was not asked."""
    setting = f"servers.{server}.requests"
    readings: list[PlannedReading] = []
    for one in wanted:
        division = Selection([one]).divide(
            streams or (), settings.nats, requests=settings.requests, setting=setting
        )  # fmt: skip
        if streams is None:
            readings.append(_unasked(one, division, settings, wish))
        else:
            readings.append(_asked(one, division, settings, wish))
    rights = list(dict.fromkeys(right for one in readings for right in one.needs))
    return Outlook(readings, _widest(rights))


def _unasked(wanted: Filter, division: Division, settings: ServerSettings, wish: Wish) -> PlannedReading:
    """Tell how a subject is read where nobody knows whether a stream takes it in."""
    if wanted.id in division.illegal or (settings.nats == "core" and not division.core):
        return PlannedReading(_pattern(wanted), "", left=division.left[0])
    if settings.nats == "core":
        return PlannedReading(_pattern(wanted), "by subscription", needs=_needs(division.core, (), settings, wish))
    how = "from each stream that takes it in" + (", else by subscription" if division.core else "")
    note = division.left[0] if division.left else None
    consumer = f"in each stream that is read an ephemeral in-memory consumer {PREFIX}…, {_GONE}"
    return PlannedReading(_pattern(wanted), how, (consumer,), _needs(division.core, None, settings, wish), note=note)


def _asked(wanted: Filter, division: Division, settings: ServerSettings, wish: Wish) -> PlannedReading:
    streams = [share.stream for share in division.shares.values()]
    ways = [
        f"from work queue {one.name}, message by message" if one.work_queue else f"from stream {one.name}"
        for one in streams
    ]
    if division.core:
        ways.append("by subscription")
    left = None
    if not ways:
        left = (
            division.left[0] if division.left else "no stream takes it in, and nothing else is read (nats: jetstream)"
        )
    creates = tuple(
        f"an ephemeral in-memory consumer {PREFIX}… on stream {one.name}, {_GONE}"
        for one in streams
        if not one.work_queue
    )
    needs = () if left is not None else _needs(division.core, streams, settings, wish)
    note = division.left[0] if division.left and left is None else None
    return PlannedReading(_pattern(wanted), " and ".join(ways), creates, needs, left, note)


def _pattern(wanted: Filter) -> str | None:
    subject = subject_of(wanted)
    return subject if wanted.pattern is not None or {"*", ">"} & set(subject) else None


def _needs(
    core: Iterable[str], streams: Sequence[Stream] | None, settings: ServerSettings, wish: Wish
) -> tuple[Right, ...]:
    """Give the rights of one subject; `streams` None = not known."""
    found = [Right("subject", "subscribe", one, "to read it where no stream takes it in") for one in core]
    reads = settings.nats != "core"
    if not reads and not wish.lag:
        return tuple(found)
    found += [_INBOX, _publish(_LIST, "to find the streams")]
    names = [("*", None)] if streams is None else [(one.name, one.work_queue) for one in streams]
    for name, is_queue in names:
        if reads and not is_queue:
            why = "to read from the stream" if is_queue is False else "to read from streams"
            found += [
                _publish(f"CONSUMER.CREATE.{name}.*", why),
                _publish(f"CONSUMER.DELETE.{name}.*", "to leave nothing there at the end"),
                Right(
                    "subject", "publish", "$JS.FC.>" if name == "*" else f"$JS.FC.{name}.>",
                    "to answer flow control: without it reading stops after some megabytes",
                ),
            ]  # fmt: skip
        if wish.lag:
            found.append(_publish(f"CONSUMER.LIST.{name}", "for lag: who reads, and how far"))
        looks = [
            "for lag: where the stream ends" if wish.lag else "",
            "to read work queues" if reads and is_queue is not False else "",
        ]
        if any(looks):
            found.append(_publish(f"STREAM.INFO.{name}", "; ".join(filter(None, looks))))
        gets = [
            "for lag in seconds" if wish.lag else "",
            "to read work queues" if reads and is_queue is not False else "",
            "to begin at a time (--since)" if reads and wish.since == "time" and not is_queue else "",
        ]
        if any(gets):
            found.append(_publish(f"STREAM.MSG.GET.{name}", "; ".join(filter(None, gets))))
    return tuple(found)


def _publish(request: str, why: str) -> Right:
    return Right("subject", "publish", f"$JS.API.{request}", why)


def _widest(rights: Sequence[Right]) -> list[Right]:
    """Leave out every right that another one covers; only one with a wildcard can."""
    wide = [one for one in rights if {"*", ">"} & set(one.name.split("."))]
    return [
        one
        for one in rights
        if not any(
            other is not one and other.operation == one.operation and covers(other.name, one.name) for other in wide
        )
    ]
