"""The NATS tap alone: messages as batches, nothing judged.

nats_tap.py jetstream BOOTSTRAP SUBJECT COUNT    from a stream that has them
nats_tap.py core BOOTSTRAP SUBJECT COUNT         from a publisher, which is another process of this file
nats_tap.py publish BOOTSTRAP SUBJECT COUNT
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from measure import told
from traffic import traffic

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.nats import SPEC
from servers.nats_services import Sent, publish, service

HELD = {"ring_messages": 10_000_000, "ring_bytes": 4 << 30}
"""Nothing may be dropped where every message is waited for."""


async def read(kind: str, bootstrap: str, subject: str, count: int) -> None:
    tap = SPEC.open("bench", ServerSettings(url=bootstrap, protocol="nats"), HELD)
    await tap.connect()
    await tap.follow([Filter(subject, subject)], Start("earliest"))
    publisher = None
    if kind == "core":
        arguments = (__file__, "publish", bootstrap, subject, str(count))
        publisher = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    seen = sum(map(len, await tap.read()))
    began_s, wall_s = time.process_time(), time.monotonic()
    while seen < count:
        seen += sum(map(len, await tap.read()))
        await asyncio.sleep(0)
    told(seen, time.process_time() - began_s, time.monotonic() - wall_s, dropped=tap.statistics().missed or 0)
    if publisher is not None:
        await publisher.wait()
    await tap.close()


async def send(bootstrap: str, subject: str, count: int) -> None:
    messages = [
        Sent(value or b"", [(name, one or b"") for name, one in headers])
        for _, _, value, headers, _ in traffic(20_000, 1_000)
    ]
    async with service(bootstrap) as client:
        for first in range(0, count, len(messages)):
            await publish(client, subject, messages[: count - first])


if __name__ == "__main__":
    kind, bootstrap, subject, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    asyncio.run(send(bootstrap, subject, count) if kind == "publish" else read(kind, bootstrap, subject, count))
