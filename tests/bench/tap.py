"""The Kafka tap alone: messages as batches, nothing judged."""

from __future__ import annotations

import asyncio
import sys
import time

from measure import told

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.kafka import SPEC


async def read(bootstrap: str, topic: str, count: int) -> None:
    tap = SPEC.open("bench", ServerSettings(url=bootstrap), {})
    await tap.connect()
    await tap.follow([Filter(topic, topic)], Start("earliest"))
    seen = 0
    began_s, wall_s = time.process_time(), time.monotonic()
    while seen < count:
        seen += sum(map(len, await tap.read()))
    told(seen, time.process_time() - began_s, time.monotonic() - wall_s)
    await tap.close()


asyncio.run(read(sys.argv[1], sys.argv[2], int(sys.argv[3])))
