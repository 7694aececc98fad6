"""Server-sent events cut out of a byte stream, with a bound on the length of a line.

Source: WHATWG HTML, server-sent events (event stream interpretation).
"""

from __future__ import annotations

from typing import Final, NamedTuple

LONGEST_LINE_BYTES: Final = 64 * 1024 * 1024


class ServerEvent(NamedTuple):
    """One event: its name and its data."""

    name: str
    data: bytes


class LineTooLong(Exception):
    """The stream is none of ours, or broken: connect again."""


class EventReader:
    """Bytes in, events out. Keeps what is not yet a whole event, never more than one line's bound and one event."""

    def __init__(self, longest_bytes: int = LONGEST_LINE_BYTES) -> None:
        self._longest_bytes = longest_bytes
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._name = ""
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._after_return = False

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Take bytes as they come and give the events they complete.

        Raises: LineTooLong.
        """
        events: list[ServerEvent] = []
        if self._after_return and chunk[:1] == b"\n":
            chunk = chunk[1:]
        if chunk:
            self._after_return = chunk.endswith(b"\r")
        lines = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in lines[:-1]:
            self._check(len(line))
            if self._pending:
                line = b"".join([*self._pending, line])  # noqa: PLW2901 - the line's beginning came earlier
                self._pending.clear()
                self._pending_bytes = 0
            event = self._take(line)
            if event is not None:
                events.append(event)
        if lines[-1]:
            self._check(len(lines[-1]))
            self._pending.append(lines[-1])
            self._pending_bytes += len(lines[-1])
        return events

    def _check(self, more_bytes: int) -> None:
        if self._pending_bytes + self._data_bytes + more_bytes > self._longest_bytes:
            raise LineTooLong(f"a line is longer than {self._longest_bytes} bytes")

    def _take(self, line: bytes) -> ServerEvent | None:
        if not line:
            name, data = self._name, self._data
            self._name, self._data, self._data_bytes = "", [], 0
            return ServerEvent(name or "message", b"\n".join(data)) if data else None
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"data":
            self._data.append(value)
            self._data_bytes += len(value)
        return None
