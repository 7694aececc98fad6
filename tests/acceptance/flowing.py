"""Traffic that goes on until a test has seen enough, and documents saved as editors and cluster managers save them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from acceptance.commands import Sidecar, wait_until
from servers.flood import Flood, flood
from servers.kafka import KafkaServer
from servers.kafka_admin import create_topic
from servers.nats import NatsServer
from servers.nats_services import Sent, make_stream, publish, service

PARTITIONS = 4
KEYS = 8


def message(number: int) -> Flood:
    """Number each key's messages without a hole."""
    key = number % KEYS
    return key % PARTITIONS, b"k%d" % key, b'{"id":%d}' % number, [("sequence_id", b"%d" % (number // KEYS))], None


class _Flowing:
    """What runs in a thread of its own until it is stopped. `sent`: messages by topic or subject."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._flow()))
        self.sent = dict.fromkeys(names, 0)

    async def _prepare(self) -> None: ...

    async def _flow(self) -> None: ...

    def __enter__(self) -> Self:
        asyncio.run(self._prepare())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


class KafkaTraffic(_Flowing):
    def __init__(self, kafka: KafkaServer, *topics: str) -> None:
        super().__init__(topics)
        self._kafka = kafka

    async def _prepare(self) -> None:
        for topic in self._names:
            await create_topic(self._kafka.bootstrap, topic, PARTITIONS)

    async def _flow(self) -> None:
        while not self._stop.is_set():
            for topic in self._names:
                numbers = range(self.sent[topic], self.sent[topic] + 200)
                self.sent[topic] += await flood(self._kafka.bootstrap, topic, map(message, numbers))


class NatsTraffic(_Flowing):
    """Messages on subjects of one stream."""

    def __init__(self, nats: NatsServer, stream: str, *subjects: str) -> None:
        super().__init__(subjects)
        self._nats = nats
        self._stream = stream

    async def _prepare(self) -> None:
        async with service(self._nats.bootstrap) as client:
            await make_stream(client, self._stream, list(self._names))

    async def _flow(self) -> None:
        async with service(self._nats.bootstrap) as client:
            while not self._stop.is_set():
                for subject in self._names:
                    first = self.sent[subject]
                    messages = [
                        Sent(b'{"id":%d}' % number, [("sequence_id", b"%d" % number)])
                        for number in range(first, first + 50)
                    ]
                    await publish(client, subject, messages)
                    self.sent[subject] += 50
                await asyncio.sleep(0.02)


def save(folder: Path, text: str) -> None:
    """Replace the document as editors do."""
    beside = folder / "document.yaml.new"
    beside.write_text(text)
    os.replace(beside, folder / "document.yaml")


def totals(command: Sidecar) -> dict[str, int]:
    return {row["channel"]: row["messages"]["total"] for row in command.snapshot().get("channels", [])}


def reload_state(command: Sidecar) -> dict:
    return command.snapshot().get("view", {}).get("reload") or {}


def all_counted(command: Sidecar, sent: dict[str, int]) -> None:
    """Every message once: counts, sums and positions say the same."""
    wait_until(lambda: totals(command) == sent, lambda: f"{sent}, not {totals(command)}", command.process)
    snapshot = command.snapshot()
    assert snapshot["messages"]["total"] == sum(sent.values())
    for row in snapshot["channels"]:
        ranges = [one for found in (row["positions"] or {}).values() for one in found]
        if ranges:
            assert sum(end - start + 1 for start, end in ranges) == row["messages"]["total"]
