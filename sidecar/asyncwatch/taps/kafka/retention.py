"""For how long each topic keeps a message; asked seldom, because it seldom changes."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any, Final

from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import DescribeConfigsRequest

from asyncwatch.taps.kafka.client import PassiveClient

_TOPIC: Final = 2
_TOPIC_AUTHORIZATION_FAILED: Final = 29
_PAGE: Final = 100
_AGAIN_S: Final = 300.0
_SETTINGS: Final = ("retention.ms", "cleanup.policy")


class Retention:
    """What the topics' settings say, five minutes old at most."""

    def __init__(self) -> None:
        self._asked_s: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        """Topic → seconds; missing = for ever, not known, or compacted only."""
        self.denied: set[str] = set()
        """Topics whose settings may not be read."""

    async def refresh(self, client: PassiveClient, node: int, topics: Collection[str]) -> None:
        """Ask for topics that were not asked for lately."""
        now_s = time.monotonic()
        for gone in self._asked_s.keys() - set(topics):
            del self._asked_s[gone]
            self.seconds.pop(gone, None)
            self.denied.discard(gone)
        due = [topic for topic in topics if now_s - self._asked_s.get(topic, -_AGAIN_S) >= _AGAIN_S]
        for start in range(0, len(due), _PAGE):
            page = due[start : start + _PAGE]
            request = DescribeConfigsRequest([(_TOPIC, topic, list(_SETTINGS)) for topic in page])
            try:
                answer: Any = await client.ask(node, request)
            except (KafkaError, NotImplementedError):
                return
            for code, _, _, topic, entries in answer.resources:
                self._asked_s[topic] = now_s
                self.seconds.pop(topic, None)
                self.denied.discard(topic)
                if code == _TOPIC_AUTHORIZATION_FAILED:
                    self.denied.add(topic)
                elif code == 0:
                    self._take(topic, {entry[0]: entry[1] for entry in entries})

    def _take(self, topic: str, settings: dict[str, str | None]) -> None:
        kept_ms = settings.get("retention.ms") or ""
        if "delete" in (settings.get("cleanup.policy") or "delete") and kept_ms.isdecimal():
            self.seconds[topic] = int(kept_ms) / 1000
