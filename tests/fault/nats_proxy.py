"""The proxy in front of a nats-server: notes every command that a client sends."""

from __future__ import annotations

import asyncio
import json

from fault.proxy import RecordingProxy


class NatsProxy(RecordingProxy):
    """`commands`: verb and subject of everything that clients named asyncwatch-… have sent, in order."""

    def __init__(self, port: int, upstream_port: int) -> None:
        super().__init__(port, upstream_port)
        self.commands: list[tuple[str, str]] = []
        self.bodies: list[tuple[str, bytes]] = []
        """Subject and payload of what was published."""

    async def _pass_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours = False
        while True:
            line = await reader.readuntil(b"\r\n")
            words = line.split()
            verb = words[0].upper().decode() if words else ""
            payload = b""
            if verb in {"PUB", "HPUB"}:
                payload = await reader.readexactly(int(words[-1]) + 2)
            if verb == "CONNECT":
                ours = json.loads(line[8:]).get("name", "").startswith("asyncwatch-")
            if ours:
                self.commands.append((verb, words[1].decode() if verb in {"PUB", "HPUB", "SUB"} else ""))
                if payload:
                    self.bodies.append((words[1].decode(), payload[:-2]))
            await self._flows.wait()
            writer.write(line + payload)
            await writer.drain()
