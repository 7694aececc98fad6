"""The socket of the API: opened at start, so that a taken port is told before anything else happens."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Generator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from asyncwatch.config.settings import ListenTls
from asyncwatch.model.errors import Misconfigured
from asyncwatch.serve.connection import Connection

_STOP_S: Final = 1
_SEND_BUFFER_BYTES: Final = 256 << 10
_HEAD_BYTES: Final = 32 << 10


def open_socket(host: str, port: int, *, option: str = "--listen") -> socket.socket:
    """Bind and listen; port 0 takes a free one. `option` is what the user would change.

    Raises: Misconfigured when the port is taken or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it: what a stalled reader makes the kernel hold.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"cannot listen on {host}:{port}", detail=error.strerror, hint=f"choose another with {option} HOST:PORT"
        ) from None
    listener.listen(128)
    return listener


def open_tls(settings: ListenTls) -> ssl.SSLContext:
    """Load certificate and key. Raises: Misconfigured."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
        raise Misconfigured(
            f"listen.tls: certificate '{settings.cert_file}' and key '{settings.key_file}' cannot be used",
            detail=str(reason or "they are no pair in PEM form").lower().replace("_", " "),
            hint="give the chain and its key as PEM files",
        ) from None
    return context


class Listener:
    """Serves an application on a socket until it is stopped; over TLS where a context is given."""

    def __init__(self, app: ASGIApp, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        self._socket = listener
        self._scheme = "http" if tls is None else "https"
        config = uvicorn.Config(
            app, log_config=None, log_level="critical", access_log=False, lifespan="off", server_header=False,
            timeout_graceful_shutdown=_STOP_S, loop="none", http=Connection, ws="none", proxy_headers=False,
            h11_max_incomplete_event_size=_HEAD_BYTES,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )  # fmt: skip
        self._server = _Server(config)

    @property
    def url(self) -> str:
        host, port = self._socket.getsockname()[:2]
        return f"{self._scheme}://[{host}]:{port}" if ":" in host else f"{self._scheme}://{host}:{port}"

    async def run(self) -> None:
        """Serve until cancelled or stopped."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Ask it to end; open streams are cut after a second."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """Leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve_until(listener: Listener, stop: asyncio.Event) -> None:
    """Serve until an event is set."""
    task = asyncio.create_task(listener.run())
    await stop.wait()
    listener.stop()
    await task
