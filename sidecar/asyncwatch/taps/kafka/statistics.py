"""What is known about a cluster by now, without asking it anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aiokafka.structs import TopicPartition

from asyncwatch.taps.base import AddressStatus, Filter, TapStatistics
from asyncwatch.taps.kafka.reader import Reader
from asyncwatch.taps.kafka.topics import Progress


def statistics_of(
    reader: Reader,
    filters: Collection[Filter],
    partitions: Mapping[str, int],
    progress: Mapping[TopicPartition, Progress],
    *,
    hidden: Collection[str],
    cannot_read: Collection[str],
) -> TapStatistics:
    """Put together a tap's numbers.

    `partitions`: how many each filter has, by its id; a filter without a topic is missing. `hidden`: topics that may
    not be described, so whether they exist is not known. `cannot_read`: topics that may not be read.
    """
    addresses = {one.id: AddressStatus() for one in filters}
    for filter_ in filters:
        if filter_.pattern is not None or filter_.address not in hidden:
            status = addresses[filter_.id]
            status.partitions = partitions.get(filter_.id)
            status.exists = status.partitions is not None
    behind: int | None = None
    behind_ids: set[str] = set()
    for place, one in progress.items():
        end = reader.end(place)
        ahead = max((one.live_from if end is None else end) - one.position, 0)
        behind = (behind or 0) + ahead
        if ahead:
            behind_ids.add(one.filter.id)
    for one in progress.values():
        # The newest message on the broker is the newest one seen only where everything was seen.
        known = addresses.get(one.filter.id)
        if known is not None and one.newest_ns is not None and one.filter.id not in behind_ids:
            known.last_on_broker_ns = max(known.last_on_broker_ns or 0, one.newest_ns)
    return TapStatistics(
        addresses=addresses,
        cluster=reader.client.cluster_id,
        rights_missing=[
            *(f"topic {topic}: DESCRIBE" for topic in sorted(hidden)),
            *(f"topic {topic}: READ" for topic in sorted(cannot_read)),
        ],
        behind_messages=behind,
    )
