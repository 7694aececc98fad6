"""The sidecar's stream in, messages for the application out, at most five a second.

Rule 1: the feed never gives up; it says what is wrong and when it tries again.
Rule 2: a change that does not fit means a new snapshot, never a guess.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import httpx
import msgspec
from textual.message import Message

from asyncwatch import __version__
from asyncwatch.model.view import Snapshot
from asyncwatch_tui.event_stream import EventReader, LineTooLong
from asyncwatch_tui.patch import Operation, PatchFault, apply_patch

FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 5.0
LEAST_BETWEEN_S: Final = 0.2
"""At most five snapshots a second reach the screens."""
SILENCE_S: Final = 15.0
"""The stream speaks about once a second; after this long the connection is taken for dead."""
_CONNECT_S: Final = 5.0


class SnapshotArrived(Message):
    """A new picture. `arrived_s` is the steady clock's time of its arrival."""

    def __init__(self, snapshot: Snapshot, arrived_s: float) -> None:
        super().__init__()
        self.snapshot = snapshot
        self.arrived_s = arrived_s


class SidecarLost(Message):
    """The sidecar does not answer. `wait_s` is how long until the next try."""

    def __init__(self, error: str, wait_s: float, hint: str | None = None) -> None:
        super().__init__()
        self.error = error
        self.wait_s = wait_s
        self.hint = hint


class _Refused(Exception):
    def __init__(self, message: str, hint: str | None) -> None:
        super().__init__(message)
        self.hint = hint


class Feed:
    """One sidecar's stream.

    `post` takes the messages, `steady` is a steady clock in seconds. The token is sent to that sidecar only and
    stands in no message.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        post: Callable[[Message], object],
        *,
        steady: Callable[[], float] = time.monotonic,
        longest_bytes: int | None = None,
        ca_file: str | None = None,
    ) -> None:
        self._ca_file = ca_file
        self._url = url.rstrip("/") + "/api/v1/stream"
        self._headers = {"Accept": "text/event-stream"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._post = post
        self._steady = steady
        self._longest_bytes = longest_bytes
        self._document: Any = None
        self._fresh = asyncio.Event()
        self._posted = 0

    async def run(self) -> None:
        """Follow the stream until cancelled."""
        # The environment's proxies are not asked: the sidecar is next door, and the token is for nobody else.
        timeout = httpx.Timeout(_CONNECT_S, read=SILENCE_S)
        verify = ssl.create_default_context(cafile=self._ca_file)
        async with httpx.AsyncClient(timeout=timeout, verify=verify, trust_env=False, follow_redirects=False) as client:
            wait_s = FIRST_WAIT_S
            while True:
                before = self._posted
                error, hint = await self._follow_once(client)
                if self._posted > before:
                    wait_s = FIRST_WAIT_S
                self._post(SidecarLost(error, wait_s, hint))
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _follow_once(self, client: httpx.AsyncClient) -> tuple[str, str | None]:
        """Read one connection to its end and say why it ended."""
        self._document = None
        self._fresh.clear()
        poster = asyncio.create_task(self._keep_posting())
        reader = asyncio.create_task(self._read(client))
        try:
            done, _ = await asyncio.wait({poster, reader}, return_when=asyncio.FIRST_COMPLETED)
            await done.pop()
        except _Refused as refused:
            return str(refused), refused.hint
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            return "this is no address", "http://HOST:PORT"
        except httpx.TimeoutException:
            return "no answer in time", None
        except httpx.ConnectError as error:
            return _why_not_connected(error)
        except httpx.HTTPError:
            return "the connection broke", None
        except (LineTooLong, PatchFault, msgspec.MsgspecError, RecursionError) as fault:
            return self._unreadable(fault)
        finally:
            for task in (poster, reader):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
        return "the sidecar ended the stream", None

    def _unreadable(self, fault: Exception) -> tuple[str, str]:
        """Say why the stream makes no sense here."""
        version = self._document.get("asyncwatch") if isinstance(self._document, dict) else None
        if isinstance(version, str) and version != __version__:
            return f"the sidecar is version {version[:20]}, this dashboard {__version__}", "use one version for both"
        return f"the stream cannot be read: {fault}", "are dashboard and sidecar of one version?"

    async def _read(self, client: httpx.AsyncClient) -> None:
        changes = msgspec.json.Decoder(list[Operation])
        async with client.stream("GET", self._url, headers=self._headers) as response:
            _check(response)
            async for name, data in self._events(response):
                if name == "snapshot":
                    self._document = msgspec.json.decode(data)
                elif name == "change" and self._document is not None:
                    self._document = apply_patch(self._document, changes.decode(data))
                else:
                    continue
                self._fresh.set()
        if self._fresh.is_set():
            self._give()

    async def _events(self, response: httpx.Response) -> AsyncIterator[tuple[str, bytes]]:
        reader = EventReader() if self._longest_bytes is None else EventReader(self._longest_bytes)
        async for chunk in response.aiter_bytes():
            for event in reader.feed(chunk):
                yield event.name, event.data

    async def _keep_posting(self) -> None:
        while True:
            await self._fresh.wait()
            self._give()
            await asyncio.sleep(LEAST_BETWEEN_S)

    def _give(self) -> None:
        self._fresh.clear()
        snapshot = msgspec.convert(self._document, Snapshot)
        self._posted += 1
        self._post(SnapshotArrived(snapshot, self._steady()))


def _why_not_connected(error: BaseException) -> tuple[str, str | None]:
    """Tell a certificate that is not trusted from silence."""
    link: BaseException | None = error
    for _ in range(8):
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {link.verify_message}", "name its authority with --ca-file"
        if isinstance(link, ssl.SSLError):
            return "no tls connection", "is it http://?"
        if link is None:
            break
        link = link.__cause__ or link.__context__
    return "nobody answers there", None


def _check(response: httpx.Response) -> None:
    status = response.status_code
    if status in {401, 403}:
        raise _Refused(f"the sidecar refuses the token ({status})", "check the token that was given")
    if status != 200:
        raise _Refused(f"the answer was {status}", "is this the sidecar's --listen address?")
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise _Refused("what answers there is no sidecar", "is this the sidecar's --listen address?")
