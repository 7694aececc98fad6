"""Bytes of a connection → messages: the tap's own share of the hot path, in place of the client library's parser.

Rule 1: whatever a chunk brings is taken in one go, without an await per message.
Rule 2: bytes wait only for the rest of one message, and only up to `MOST_BYTES`; they are joined once it is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

_MOST_LINE: Final = 8_192
MOST_BYTES: Final = 68 << 20
"""A server allows messages of at most 64 MiB; anything larger is no NATS."""


class Malformed(ValueError):
    """Bytes that are not the protocol."""


Entry: TypeAlias = tuple[bytes, bytes, bytes | None, bytes | None, bytes]
"""A message as it came: subscription id, subject, reply subject, header block, payload."""

ENTRY_BYTES: Final = 250
"""What an entry costs beside its headers and payload."""


class Parser:
    """Parses what a server sends; has the form of the library's parser.

    `sinks`: subscription id → who takes its messages; those of an unknown id are dropped (a subscription that has
    just ended). `control` gets every other line. `arrived` is told, after each chunk that brought messages, how many
    bytes of memory they take.
    """

    def __init__(
        self,
        sinks: Mapping[bytes, Callable[[Entry], None]],
        control: Callable[[bytes], Awaitable[None]],
        arrived: Callable[[int], None],
    ) -> None:
        self._sinks = sinks
        self._control = control
        self._arrived = arrived
        self.reset()

    def reset(self) -> None:
        self._rest = bytearray()
        self._needed = 0

    async def parse(self, data: bytes = b"") -> None:
        """Take a chunk.

        Raises: ValueError, for bytes that are not the protocol. Cost: bench tap[nats].
        """
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < self._needed:
                return
            data = bytes(rest)
            rest.clear()
        find, sinks = data.find, self._sinks
        at, end, brought, needed = 0, len(data), 0, 0
        while at < end:
            stop = find(b"\r\n", at)
            if stop < 0:
                if end - at > (1 << 20 if data[at] == 73 else _MOST_LINE):
                    raise Malformed("a line without an end")
                break
            sign = data[at]
            if stop - at > _MOST_LINE and sign != 73:  # I: a greeting may be long
                raise Malformed("a line longer than any server sends")
            if sign == 77:  # M: MSG subject sid [reply] size
                words = data[at:stop].split()
                body = stop + 2
                if len(words) not in {4, 5} or words[0] != b"MSG":
                    raise Malformed("a broken MSG line")
                size = int(words[-1])
                if not 0 <= size <= MOST_BYTES:
                    raise Malformed("a message larger than any server allows")
                after = body + size + 2
                if after > end:
                    needed = after - at
                    break
                sink = sinks.get(words[2])
                if sink is not None:
                    sink((words[2], words[1], words[3] if len(words) == 5 else None, None, data[body : after - 2]))
                    brought += size + ENTRY_BYTES
                at = after
            elif sign == 72:  # H: HMSG subject sid [reply] header-size size
                words = data[at:stop].split()
                body = stop + 2
                if len(words) not in {5, 6} or words[0] != b"HMSG":
                    raise Malformed("a broken HMSG line")
                size, head = int(words[-1]), int(words[-2])
                if not 0 <= head <= size <= MOST_BYTES:
                    raise Malformed("a message larger than any server allows, or headers longer than it")
                after = body + size + 2
                if after > end:
                    needed = after - at
                    break
                sink = sinks.get(words[2])
                if sink is not None:
                    split = body + head
                    reply = words[3] if len(words) == 6 else None
                    sink((words[2], words[1], reply, data[body:split], data[split : after - 2]))
                    brought += size + ENTRY_BYTES
                at = after
            else:
                await self._control(data[at:stop])
                at = stop + 2
        if at < end:
            self._rest += data[at:]
            self._needed = needed
        if brought:
            self._arrived(brought)
