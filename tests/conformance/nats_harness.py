"""NATS under the laws of a tap: once as core NATS, once as JetStream, which promises more."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, ServerSettings
from asyncwatch.model.errors import AsyncwatchError, Unreachable
from asyncwatch.taps.base import Guarantee, TapSpec
from asyncwatch.taps.nats import SPEC
from conformance.harness import SECRET, Harness, Message
from servers.nats import NatsServer
from servers.nats_services import Sent, inventory, make_stream, publish, service, wait_stored
from servers.process import free_ports

_numbers = itertools.count()


class NatsCoreHarness(Harness):
    """Addresses without a stream; the tap subscribes."""

    spec: ClassVar[TapSpec] = SPEC
    live: ClassVar[bool] = True
    kills: ClassVar[bool] = True
    history: ClassVar[bool] = False
    absence: ClassVar[bool] = False
    nulls: ClassVar[bool] = False
    gone_after_s: ClassVar[float] = 10.0
    absent_errors: ClassVar[tuple[type[AsyncwatchError], ...]] = (Unreachable,)
    mode: ClassVar[Any] = "core"

    def __init__(self, server: NatsServer) -> None:
        self.server = server

    def settings(self) -> ServerSettings:
        return ServerSettings(self.server.bootstrap, protocol="nats", nats=self.mode)

    def absent(self) -> ServerSettings:
        [port] = free_ports(1)
        credentials = CredentialSettings(None, "watch", Secret(SECRET))
        return ServerSettings(f"127.0.0.1:{port}", protocol="nats", credentials=credentials, connect_timeout_s=2.0)

    def options(self) -> Mapping[str, object]:
        return {"refresh_s": 0.5, "away_after_s": 1.0}

    async def make_address(self, partitions: int) -> str:
        return f"law.core.{next(_numbers)}"

    async def send(self, address: str, messages: Sequence[Message]) -> None:
        async with service(self.server.bootstrap) as client:
            await publish(client, address, [_sent(one) for one in messages])

    async def inventory(self) -> object:
        return await inventory(self.server)

    async def inventory_during(self) -> object:
        """Leave out what the footprint names: our consumers and our connection."""
        found = await inventory(self.server)
        for name, consumers in found["consumers"].items():
            found["consumers"][name] = [one for one in consumers if not one.startswith("asyncwatch-")]
        found["subscriptions"] = [one for one in found["subscriptions"] if not one[0].startswith("asyncwatch-")]
        return found

    async def kill(self) -> None:
        await asyncio.to_thread(self.server.kill)

    async def restart(self) -> None:
        await asyncio.to_thread(self.server.start)


class JetStreamHarness(NatsCoreHarness):
    """Every address is the only one of its stream."""

    spec: ClassVar[TapSpec] = replace(
        SPEC, guarantees=SPEC.guarantees | {Guarantee.POSITIONS, Guarantee.SENT_TIME, Guarantee.REPLAY}
    )
    history: ClassVar[bool] = True
    absence: ClassVar[bool] = True
    first_position: ClassVar[int] = 1
    mode: ClassVar[Any] = "jetstream"

    def __init__(self, server: NatsServer) -> None:
        super().__init__(server)
        self._stored: dict[str, int] = {}

    async def make_address(self, partitions: int) -> str:
        number = next(_numbers)
        address = f"law.{number}"
        async with service(self.server.bootstrap) as client:
            await make_stream(client, f"law-{number}", [address])
        return address

    async def send(self, address: str, messages: Sequence[Message]) -> None:
        async with service(self.server.bootstrap) as client:
            await publish(client, address, [_sent(one) for one in messages])
            self._stored[address] = self._stored.get(address, 0) + len(messages)
            await wait_stored(client, address.replace(".", "-"), self._stored[address])


def _sent(message: Message) -> Sent:
    headers = [(name, value) for name, value in message.headers if value is not None]
    return Sent(message.payload or b"", headers)
