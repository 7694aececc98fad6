"""A look at a cluster for `plan`: which topics are there, and which rights are missing. It leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import UNDOCUMENTED
from asyncwatch.model.errors import AsyncwatchError
from asyncwatch.taps.base import AddressStatus, Filter, Start, TapStatistics
from asyncwatch.taps.kafka.outlook import kafka_outlook
from asyncwatch.taps.kafka.probe import KafkaProbe
from asyncwatch.taps.kafka.tap import KafkaTap
from asyncwatch.taps.planned import Found, Survey, Wish

FETCH_S: Final = 1.0
"""How long topics are fetched from: a right to read that is missing shows in the first answer."""


async def survey_kafka(server: str, settings: ServerSettings, wanted: Sequence[Filter], wish: Wish) -> Survey:
    """Look at topics and groups. A group that is wished for is not joined.

    Raises: Unreachable, Refused, Disconnected, Misconfigured.
    """
    outlook = kafka_outlook(server, settings, wanted, wish)
    statistics = await look_at_topics(server, settings, wanted)
    missing = list(statistics.rights_missing)
    groups: int | None = None
    if wish.lag:
        probe = KafkaProbe(server, settings)
        try:
            progress = await probe.poll(wanted)
        except AsyncwatchError as error:
            missing.append(f"groups cannot be asked: {error.message}")
        else:
            missing += [one for one in progress.rights_missing if one not in missing]
            groups = None if progress.groups is None else len({one.group for one in progress.groups})
        finally:
            await probe.close()
    found = [_found(one, statistics.addresses.get(one.id)) for one in wanted]
    return Survey(outlook, found, statistics.cluster, missing, groups)


async def look_at_topics(server: str, settings: ServerSettings, wanted: Sequence[Filter]) -> TapStatistics:
    """Read for a moment from the ends of the topics, and give what the tap knows then.

    Raises: Unreachable, Refused, Disconnected, Misconfigured.
    """
    tap = KafkaTap(server, settings, {})
    try:
        await tap.connect()
        await tap.follow(wanted, Start())
        try:
            async with asyncio.timeout(FETCH_S):
                while True:
                    await tap.read()
        except TimeoutError:
            pass
        return tap.statistics()
    finally:
        await tap.close()


def _found(wanted: Filter, status: AddressStatus | None) -> Found:
    if status is None or wanted.id == UNDOCUMENTED:
        return Found()
    if wanted.pattern is not None and not status.exists:
        # A cluster does not list what may not be described, so there may be such topics all the same.
        return Found(None, 0)
    return Found(status.exists, status.partitions)
