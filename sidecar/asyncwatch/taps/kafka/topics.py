"""Which partitions of a cluster are wanted, and how far each is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from asyncwatch.model.batch import ObservationGap
from asyncwatch.taps.base import Filter
from asyncwatch.taps.kafka.client import Listing


@dataclass(slots=True, eq=False)
class Progress:
    """How far one partition is read. Outlives a connection, so that a new one goes on behind the last message.

    `live_from`: the first offset that was not yet on the broker when this reading of the partition began. `begun_ns`:
    when it was first placed; a new log under the old name holds younger messages only. `stop`: the end seen at the start, where only that is wanted.
    """

    filter: Filter
    position: int
    live_from: int
    begun_ns: int
    stop: int | None = None
    newest_ns: int | None = None
    """The highest timestamp seen."""
    gap: ObservationGap | None = None
    """Told with the next batch."""

    @property
    def done(self) -> bool:
        return self.stop is not None and self.position >= self.stop

    def lose(self, start: int, end: int, reason: str) -> None:
        """Note offsets that were not seen; ranges that are not told yet become one."""
        if self.gap is not None:
            start, end = min(start, self.gap.start), max(end, self.gap.end)
        # Offsets have holes (compaction, transaction markers), so their number is not a number of messages.
        self.gap = ObservationGap(start=start, end=end, count=None, reason=reason)


Mine = Callable[[Filter, TopicPartition], bool]


class Selection:
    """The wanted filters, asked once per topic name: exact addresses before patterns, in their order.

    Kafka's internal topics are read only where they are named exactly. `mine` tells which partitions of a wanted topic
    are read here; None = all.
    """

    def __init__(self, wanted: Sequence[Filter], mine: Mine | None = None) -> None:
        self.filters = tuple(wanted)
        self._mine = mine
        self._exact = {filter_.address: filter_ for filter_ in wanted if filter_.pattern is None}
        self._patterns = [filter_ for filter_ in wanted if filter_.pattern is not None]
        self._known: dict[str, Filter | None] = {}

    def names(self) -> list[str]:
        """The exact addresses."""
        return [address for address in self._exact if address is not None]

    def filter_of(self, topic: str, *, internal: bool) -> Filter | None:
        """Find the filter that a topic is read under, None if it is not wanted."""
        if topic in self._known:
            return self._known[topic]
        found = self._exact.get(topic)
        if found is None and not internal:
            found = next((filter_ for filter_ in self._patterns if filter_.covers(topic)), None)
        self._known[topic] = found
        return found

    def choose(self, listing: Listing) -> dict[TopicPartition, Filter]:
        """Give every wanted partition that is read here with its filter."""
        mine = self._mine
        return {
            place: filter_ for place, filter_ in self.wanted(listing).items() if mine is None or mine(filter_, place)
        }

    def wanted(self, listing: Listing) -> dict[TopicPartition, Filter]:
        """Give every wanted partition with its filter, whoever reads it."""
        internal = listing.internal()
        topics = listing.topics()
        for gone in self._known.keys() - topics:
            del self._known[gone]
        return {
            TopicPartition(topic, partition): filter_
            for topic in sorted(topics)
            if (filter_ := self.filter_of(topic, internal=topic in internal)) is not None
            for partition in sorted(listing.partitions(topic))
        }
