"""Kafka under the laws of a tap."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from typing import ClassVar

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, ServerSettings
from asyncwatch.model.errors import AsyncwatchError, Unreachable
from asyncwatch.taps.base import TapSpec
from asyncwatch.taps.kafka import SPEC
from conformance.harness import SECRET, Harness, Message
from servers.kafka import KafkaServer
from servers.kafka_admin import Sent, create_topic, inventory, send
from servers.process import free_ports

_numbers = itertools.count()


class KafkaHarness(Harness):
    spec: ClassVar[TapSpec] = SPEC
    live: ClassVar[bool] = True
    kills: ClassVar[bool] = True
    absent_errors: ClassVar[tuple[type[AsyncwatchError], ...]] = (Unreachable,)

    def __init__(self, server: KafkaServer) -> None:
        self.server = server

    def settings(self) -> ServerSettings:
        return ServerSettings(self.server.bootstrap)

    def absent(self) -> ServerSettings:
        [port] = free_ports(1)
        credentials = CredentialSettings("PLAIN", "watch", Secret(SECRET))
        return ServerSettings(f"127.0.0.1:{port}", credentials=credentials, connect_timeout_s=2.0)

    def options(self) -> Mapping[str, object]:
        return {"refresh_s": 0.5, "away_after_s": 0.5}

    async def make_address(self, partitions: int) -> str:
        name = f"law.{next(_numbers)}"
        await create_topic(self.server.bootstrap, name, partitions)
        return name

    async def send(self, address: str, messages: Sequence[Message]) -> None:
        await send(self.server.bootstrap, address, [Sent(one.payload, one.key, one.headers) for one in messages])

    async def inventory(self) -> object:
        return await inventory(self.server.bootstrap)

    async def kill(self) -> None:
        await asyncio.to_thread(self.server.kill)

    async def restart(self) -> None:
        await asyncio.to_thread(self.server.start)
