"""Where the reading of a partition begins, or goes on after a break.

Rule 1: ends are asked for before anything else, so a message that arrives meanwhile lies behind them and is read.
Rule 2: a partition goes on behind its last message. If that place was deleted, it goes on at the oldest, and says so.
Rule 3: a place beyond the end, or a topic that was away, means a log that was made anew or cut: the first message
younger than all seen tells them apart. At or behind the old place: the same log. Before it: a new one, read from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from aiokafka.structs import TopicPartition

from asyncwatch.model.batch import ObservationGap
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.kafka.client import Listing, PassiveClient
from asyncwatch.taps.kafka.offsets import EARLIEST, LATEST, Offsets, look_up
from asyncwatch.taps.kafka.topics import Progress

OLDEST = Start("earliest")


@dataclass(slots=True)
class Positions:
    """`found`: the partitions that can be read now; `denied`: topics whose offsets may not be asked for."""

    found: dict[TopicPartition, Progress] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)


def milliseconds(time_ns: int) -> int:
    """Give the first whole millisecond at or after a time; Kafka's clock has no smaller step."""
    return max(-(-time_ns // 1_000_000), 0)


async def locate(
    client: PassiveClient,
    listing: Listing,
    *,
    chosen: Mapping[TopicPartition, Filter],
    begin: Mapping[TopicPartition, Start],
    resume: Mapping[TopicPartition, Progress],
    doubtful: frozenset[TopicPartition],
    now_ns: int,
    read_committed: bool,
) -> Positions:
    """Find the positions of partitions that `begin` and of those that `resume`; `doubtful` ones fall under rule 3."""

    async def ask(wanted: Mapping[TopicPartition, int]) -> Offsets:
        return await look_up(client, listing, wanted, read_committed=read_committed) if wanted else Offsets()

    ends = await ask(dict.fromkeys((*begin, *resume), LATEST))
    need = dict.fromkeys(resume, EARLIEST)
    for place, start in begin.items():
        if start.kind != "now":
            need[place] = EARLIEST if start.kind == "earliest" else milliseconds(start.time_ns)
    placed = await ask(need)
    positions = Positions(denied=ends.denied | placed.denied)
    for place, start in begin.items():
        end = ends.found.get(place)
        if end is None or (start.kind != "now" and place not in placed.found):
            continue
        first = placed.found.get(place)
        position = end if first is None else first
        stop = end if start.until_end else None
        positions.found[place] = Progress(chosen[place], position, live_from=end, begun_ns=now_ns, stop=stop)
    doubts: dict[TopicPartition, int] = {}
    for place, known in resume.items():
        end, low = ends.found.get(place), placed.found.get(place)
        if end is None or low is None:
            continue
        positions.found[place] = replace(known, filter=chosen[place], live_from=end)
        if known.position > end or place in doubtful:
            seen_ns = known.newest_ns
            doubts[place] = milliseconds(known.begun_ns if seen_ns is None else seen_ns + 1_000_000)
        elif known.position < low:
            positions.found[place].lose(known.position, low, "deleted before it was read")
            positions.found[place].position = low
    younger = await ask(doubts)
    for place in doubts:
        if place not in younger.found:
            del positions.found[place]
            continue
        settle(positions.found[place], younger.found[place], ends.found[place] or 0)
    return positions


def settle(progress: Progress, younger: int | None, end: int) -> None:
    """Keep rule 3; `younger` is the first message younger than all seen, None if there is none."""
    old = progress.position
    if old <= end and (younger is None or younger >= old):
        return
    progress.position = end if younger is None else min(younger, end)
    progress.stop = None if progress.stop is None else min(progress.stop, end)
    progress.gap = ObservationGap(
        start=progress.position, end=progress.position, count=None, reason="the topic was made anew or cut short"
    )
