"""Apache Kafka and what speaks its protocol."""

from __future__ import annotations

from collections.abc import Mapping

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Guarantee, Tap, TapSpec
from asyncwatch.taps.kafka.examine import examine_kafka
from asyncwatch.taps.kafka.group_tap import GroupTap
from asyncwatch.taps.kafka.probe import KafkaProbe
from asyncwatch.taps.kafka.tap import KafkaTap


def open_kafka(server: str, settings: ServerSettings, options: Mapping[str, object]) -> Tap:
    """Make the tap of one cluster.

    `options` (all may be missing): `fetch_max_bytes`, `fetch_wait_s`, `refresh_s`, `away_after_s`, `request_timeout_s`,
    `client_rack`, `share`, `resume`, `group`, `session_timeout_s`; meanings and defaults in KafkaOptions.
    Raises: Misconfigured.
    """
    if options.get("group") is not None:
        return GroupTap(server, settings, options)
    return KafkaTap(server, settings, options)


SPEC = TapSpec(
    name="kafka",
    protocols=frozenset({"kafka", "kafka-secure"}),
    guarantees=frozenset(
        {Guarantee.ORDERED, Guarantee.POSITIONS, Guarantee.SENT_TIME, Guarantee.HEADERS, Guarantee.REPLAY}
    ),
    footprint="connections with a client id of their own; no group, no offsets, no topic is created",
    needs=(
        "DESCRIBE and READ on the topic of each channel",
        "for lag: DESCRIBE on the cluster, or on the groups; DESCRIBE_CONFIGS on the topics, for when messages expire",
    ),
    open=open_kafka,
    probe=KafkaProbe,
    examine=examine_kafka,
    shares=True,
    group_footprint="connections with client ids of their own, and the consumer group '{group}' with its members and "
    "positions; without members the broker keeps the positions until they expire; no topic is created",
)
