"""One connection to a NATS server: subscriptions, requests to JetStream's API, and the end of it.

nats-py connects, logs in, keeps the connection alive and closes it; what comes in is parsed here. It never reconnects:
the runner does. Nothing but CONNECT, PING, PONG, SUB, UNSUB and requests to `$JS.API` leaves through this file, and
the empty answers that flow control asks for.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from nats.aio.client import Client
from nats.aio.transport import TcpTransport
from nats.errors import Error as NatsError

from asyncwatch.model.errors import Disconnected
from asyncwatch.taps.nats.framing import ENTRY_BYTES, Entry, Malformed, Parser
from asyncwatch.taps.nats.headers import read_status
from asyncwatch.taps.nats.security import NoTls, connect_error

_API: Final = "$JS.API."
_FLOW: Final = "$JS.FC."
_CLOSE_S: Final = 0.5
_CHUNK_BYTES: Final = 262_144
"""Read at a time: what comes fast comes in few pieces."""
_NO_RESPONDERS: Final = 503
_VIOLATION: Final = re.compile(
    r"permissions violation for (publish|subscription) to \"([^\"]{1,1024})\"", re.IGNORECASE
)


class Denied(Exception):
    """The user may not publish to a subject of the API; the text names the subject."""


class NoAnswer(Exception):
    """The API does not answer: no JetStream there, or it has no leader just now."""


class ApiError(Exception):
    """The API answered with an error."""

    def __init__(self, code: int, description: str, number: int = 0) -> None:
        super().__init__(description)
        self.code = code
        self.number = number
        """The server's own number of the error."""


class _Library(Client):
    """The client library without its own parser, its reconnecting and its trust in a server that drops TLS."""

    # Private parts of nats-py are used here and in Connection below, and nowhere else.
    # ruff: noqa: SLF001

    ended = "the connection was closed"

    async def _select_next_server(self) -> None:
        server = self._server_pool[0]
        self._transport = TcpTransport()  # type: ignore[no-untyped-call]
        await self._transport.connect(server.uri, _CHUNK_BYTES, self.options["connect_timeout"])
        self._current_server = server

    async def _read_loop(self) -> None:
        """Read until the connection ends; `ended` says why, where it did not just close."""
        assert self._transport is not None  # called once it is connected
        try:
            while data := await self._transport.read(_CHUNK_BYTES):
                await self._ps.parse(data)
        except OSError as error:
            self.ended = (error.strerror or type(error).__name__).lower()
        except ValueError as error:
            self.ended = f"what came is no nats ({error})"

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        """Look at a server's greeting; other servers that it names are never gone to."""
        if not initial_connection:
            return
        if "tls" in self.options:
            if not (info.get("tls_required") or info.get("tls_available")):
                raise NoTls
            info["tls_required"] = True


class Connection:
    """An open connection. `on_arrival` is called after each chunk of messages, and when the connection is lost."""

    def __init__(self, server: str, request_timeout_s: float) -> None:
        self._server = server
        self._request_timeout_s = request_timeout_s
        self._library = _Library()
        self._sinks: dict[bytes, Callable[[Entry], None]] = {}
        self._waiting: dict[bytes, tuple[str, asyncio.Future[Entry]]] = {}
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        self._requests = 0
        self._inbox_open = False
        self._control_tasks: set[asyncio.Task[None]] = set()
        self.on_arrival: Callable[[int], None] = lambda _: None
        self.lost: str | None = None
        """Why the connection is gone."""
        self.denied: set[str] = set()
        """Subjects that may not be subscribed to."""
        self.flow_denied = False
        """Whether flow control may not be answered: then a stream stops after some megabytes."""

    async def open(
        self, places: Sequence[str], login: Mapping[str, Any], *, connect_timeout_s: float, away_after_s: float
    ) -> None:
        """Connect to the first place that answers.

        Raises: Unreachable, Refused.
        """
        logging.getLogger("nats.aio.client").disabled = True  # failures are told by the errors below
        causes: list[tuple[str, BaseException]] = []
        for place in places:
            self._library = library = _Library()
            library._ps = Parser(self._sinks, self._control, self._tell_arrival)  # type: ignore[assignment]
            try:
                async with asyncio.timeout(connect_timeout_s):
                    await library.connect(
                        servers=f"nats://{place}",
                        name=f"asyncwatch-{socket.gethostname()}-{secrets.token_hex(4)}",
                        allow_reconnect=False,
                        connect_timeout=max(int(connect_timeout_s), 1),
                        ping_interval=away_after_s / 3,  # type: ignore[arg-type] # it goes into a sleep
                        max_outstanding_pings=2,
                        no_echo=True,
                        error_cb=_ignore,
                        closed_cb=self._closed,
                        **login,
                    )
            except (Exception, asyncio.CancelledError) as error:
                await self._end()
                if isinstance(error, asyncio.CancelledError):
                    raise
                causes.append((place, error))
                continue
            assert library._reading_task is not None  # a connection that was made reads
            library._reading_task.add_done_callback(self._note_end)
            return
        raise connect_error(self._server, causes) from None

    @property
    def info(self) -> Mapping[str, object]:
        """What the server said of itself."""
        return self._library._server_info

    def check(self) -> None:
        """Raise Disconnected if the connection is gone."""
        if self.lost is not None:
            raise Disconnected(f"server '{self._server}': the connection is lost", detail=self.lost)

    async def subscribe(self, subject: str, sink: Callable[[Entry], None]) -> bytes:
        """Subscribe without a queue group; give the subscription's id."""
        self.check()
        library = self._library
        library._sid += 1
        sid = b"%d" % library._sid
        self._sinks[sid] = sink
        await self._send(b"SUB %b %b\r\n" % (subject.encode(), sid))
        return sid

    async def unsubscribe(self, sid: bytes) -> None:
        """End a subscription; what is still on its way is dropped."""
        if self._sinks.pop(sid, None) is not None and self.lost is None:
            await self._send(b"UNSUB %b\r\n" % sid)

    def new_inbox(self) -> str:
        """Give a subject that nobody else knows."""
        return f"_INBOX.{secrets.token_hex(11)}.m"

    def answer(self, subject: bytes) -> None:
        """Send the empty message that flow control asks for; anything but its own subjects is left alone."""
        transport = self._library._transport
        if subject.startswith(_FLOW.encode()) and self.lost is None and transport is not None:
            transport.write(b"PUB %b 0\r\n\r\n" % subject)

    async def flush(self) -> None:
        """Wait until the server has taken everything sent so far.

        Raises: Disconnected.
        """
        self.check()
        try:
            await self._library.flush(timeout=max(int(self._request_timeout_s), 1))
        except (NatsError, OSError) as error:
            self._note_lost(type(error).__name__)
        self.check()

    async def request(self, subject: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Ask JetStream's API; `subject` is what follows `$JS.API.`.

        Raises: ApiError, Denied, NoAnswer, Disconnected.
        """
        self.check()
        if not self._inbox_open:
            self._inbox_open = True
            await self.subscribe(f"{self._inbox}.*", self._take_answer)
        self._requests += 1
        token = b"%d" % self._requests
        place = _API + subject
        future: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._waiting[token] = (place, future)
        payload = b"" if body is None else orjson.dumps(body)
        reply = f"{self._inbox}.".encode() + token
        try:
            async with asyncio.timeout(self._request_timeout_s):
                await self._send(b"PUB %b %b %d\r\n%b\r\n" % (place.encode(), reply, len(payload), payload))
                entry = await future
        except TimeoutError:
            self.check()
            raise NoAnswer(place) from None
        finally:
            self._waiting.pop(token, None)
        if read_status(entry[3])[0] == _NO_RESPONDERS:
            raise NoAnswer(place)
        return _read_answer(place, entry[4])

    async def close(self) -> None:
        """Close within a second; idempotent."""
        self.on_arrival = lambda _: None
        self._note_lost("closed")
        await self._end()

    async def _send(self, command: bytes) -> None:
        """Send at once: the library's own queue could be overtaken by the PING that `flush` waits for."""
        transport = self._library._transport
        try:
            if transport is not None:
                transport.write(command)
                await transport.drain()  # type: ignore[no-untyped-call]
        except OSError as error:
            self._note_lost(type(error).__name__)
        self.check()

    async def _control(self, line: bytes) -> None:
        """Take a line that is no message."""
        word = line[:5].upper()
        if word.startswith(b"PING"):
            await self._library._process_ping()  # type: ignore[no-untyped-call, unused-ignore]
        elif word.startswith(b"PONG"):
            await self._library._process_pong()  # type: ignore[no-untyped-call, unused-ignore]
        elif word.startswith(b"-ERR"):
            self._take_error(line[4:].decode("utf-8", "replace").strip().strip("'"))
        elif not word.startswith((b"+OK", b"INFO")):
            raise Malformed("an unknown line")

    def _take_error(self, text: str) -> None:
        found = _VIOLATION.search(text)
        if found is None:
            self._note_lost(re.sub(r"[^\w .,'$>*-]", "?", text[:200]).lower())
            return
        if found[1].lower() == "subscription":
            self.denied.add(found[2])
            self.on_arrival(0)
        elif found[2].startswith(_FLOW):
            self.flow_denied = True
        for place, future in list(self._waiting.values()):
            # A subscription that is denied can be the inbox for answers: then nothing is ever answered.
            if not future.done() and (place == found[2] or found[2].startswith(self._inbox)):
                future.set_exception(Denied(found[2] if place == found[2] else "_INBOX.>"))

    def _tell_arrival(self, size: int) -> None:
        self.on_arrival(size)

    def _take_answer(self, entry: Entry) -> None:
        # Nobody holds an answer, so its memory does not count as held.
        self.on_arrival(-(len(entry[4]) + len(entry[3] or b"") + ENTRY_BYTES))
        found = self._waiting.get(entry[1].rpartition(b".")[2])
        if found is not None and not found[1].done():
            found[1].set_result(entry)

    async def _closed(self) -> None:
        self._note_lost("the server closed the connection")

    def _note_end(self, _: asyncio.Task[None]) -> None:
        self._note_lost(self._library.ended)

    def _note_lost(self, why: str) -> None:
        if self.lost is None:
            self.lost = why
            for _, future in list(self._waiting.values()):
                if not future.done():
                    future.set_exception(Disconnected(f"server '{self._server}': the connection is lost", detail=why))
                    future.exception()
            self.on_arrival(0)

    async def _end(self) -> None:
        """End what the library runs, whatever state it is in; its own close may wait for a silent peer for ever."""
        library = self._library
        transport = library._transport
        closing = asyncio.create_task(library.close())
        await asyncio.wait([closing], timeout=_CLOSE_S)
        tasks = [
            task
            for task in (closing, library._reading_task, library._ping_interval_task, library._flusher_task)
            if task is not None and task is not asyncio.current_task()
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        writers = (getattr(transport, name, None) for name in ("_io_writer", "_bare_io_writer"))
        for writer in writers:
            if writer is not None:
                writer.transport.abort()
        await asyncio.sleep(0)


async def _ignore(error: Exception) -> None:
    """Failures are told by the verbs."""


def _read_answer(place: str, payload: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(payload)
    except ValueError:
        raise NoAnswer(place) from None
    if not isinstance(answer, dict):
        raise NoAnswer(place)
    error = answer.get("error")
    if isinstance(error, dict):
        code, number = error.get("code"), error.get("err_code")
        raise ApiError(
            code if isinstance(code, int) else 0,
            str(error.get("description", ""))[:200],
            number if isinstance(number, int) else 0,
        )
    return answer
