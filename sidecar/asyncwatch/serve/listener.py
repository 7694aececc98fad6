"""The socket of the API: opened at start, so that a taken port is told before anything else happens."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Generator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from asyncwatch.model.errors import Misconfigured

_STOP_S: Final = 1


def open_socket(host: str, port: int) -> socket.socket:
    """Bind and listen; port 0 takes a free one.

    Raises: Misconfigured when the port is taken or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"cannot listen on {host}:{port}", detail=error.strerror, hint="choose another with --listen HOST:PORT"
        ) from None
    listener.listen(128)
    return listener


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Listener:
    """Serves an application on a socket until it is stopped."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._socket = listener
        config = uvicorn.Config(
            app, log_config=None, log_level="critical", access_log=False, lifespan="off", server_header=False,
            timeout_graceful_shutdown=_STOP_S, loop="none",
        )  # fmt: skip
        self._server = _Server(config)

    @property
    def url(self) -> str:
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

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
