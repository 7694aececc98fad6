"""Apache Kafka and what speaks its protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Filter, Guarantee, Probe, Remark, Tap, TapSpec
from asyncwatch.taps.kafka.outlook import kafka_outlook
from asyncwatch.taps.planned import Survey, Wish


def open_kafka(server: str, settings: ServerSettings, options: Mapping[str, object]) -> Tap:
    """Make the tap of one cluster.

    `options` (all may be missing): `fetch_max_bytes`, `fetch_wait_s`, `refresh_s`, `away_after_s`, `request_timeout_s`,
    `client_rack`, `share`, `resume`, `group`, `session_timeout_s`; meanings and defaults in KafkaOptions.
    Raises: Misconfigured.
    """
    if options.get("group") is not None:
        from asyncwatch.taps.kafka.group_tap import GroupTap  # noqa: PLC0415 # the client is loaded where it is used

        return GroupTap(server, settings, options)
    from asyncwatch.taps.kafka.tap import KafkaTap  # noqa: PLC0415 # as above

    return KafkaTap(server, settings, options)


def open_probe(server: str, settings: ServerSettings) -> Probe:
    """Make the probe of consumer groups.

    Raises: Misconfigured.
    """
    from asyncwatch.taps.kafka.probe import KafkaProbe  # noqa: PLC0415 # as above

    return KafkaProbe(server, settings)


async def examine_kafka(server: str, settings: ServerSettings, wanted: Sequence[Filter]) -> Sequence[Remark]:
    """Look at login, brokers, topics and groups for the doctor.

    Raises: Misconfigured.
    """
    from asyncwatch.taps.kafka.examine import examine_kafka as examine  # noqa: PLC0415 # as above

    return await examine(server, settings, wanted)


async def survey_kafka(server: str, settings: ServerSettings, wanted: Sequence[Filter], wish: Wish) -> Survey:
    """Look at topics and rights for a plan.

    Raises: Unreachable, Refused, Disconnected, Misconfigured.
    """
    from asyncwatch.taps.kafka.survey import survey_kafka as survey  # noqa: PLC0415 # as above

    return await survey(server, settings, wanted, wish)


SPEC = TapSpec(
    name="kafka",
    protocols=frozenset({"kafka", "kafka-secure"}),
    guarantees=frozenset(
        {Guarantee.ORDERED, Guarantee.POSITIONS, Guarantee.SENT_TIME, Guarantee.HEADERS, Guarantee.REPLAY}
    ),
    footprint="connections with a client id of their own; no group, no offsets, no topic is created",
    needs=(
        "READ on the topic of each channel, which brings DESCRIBE with it",
        "for lag: DESCRIBE on the groups; DESCRIBE_CONFIGS on the topics, for when messages expire",
    ),
    open=open_kafka,
    probe=open_probe,
    examine=examine_kafka,
    outlook=kafka_outlook,
    survey=survey_kafka,
    shares=True,
    group_footprint="connections with client ids of their own, and the consumer group '{group}' with its members and "
    "positions; without members the broker keeps the positions until they expire; no topic is created",
)
