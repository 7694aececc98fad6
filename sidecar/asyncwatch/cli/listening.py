"""The socket of the API: the one that a dashboard's process opened for us, or one of our own."""

from __future__ import annotations

import os
import socket
import ssl
from typing import Final

from asyncwatch.cli.dashboard import LISTEN_FD, TOKEN
from asyncwatch.config.configuration import Configuration
from asyncwatch.config.listen_environment import is_loopback, read_listen
from asyncwatch.config.secret import Secret
from asyncwatch.serve.listener import open_socket, open_tls
from asyncwatch.telemetry.happenings import Warned, emit

_SECRET_BYTES: Final = 65_536


def open_listener(
    listen: str | None, configured: Configuration
) -> tuple[socket.socket, Secret | None, ssl.SSLContext | None]:
    """Give socket, token and TLS of the API.

    Raises: Misconfigured, MisconfiguredAll; an address that others can reach needs a token.
    """
    inherited = os.environ.pop(LISTEN_FD, None)
    if inherited is not None:
        text = os.environ.pop(TOKEN, "")
        return socket.socket(fileno=int(inherited)), Secret(text) if text else None, None
    settings = read_listen(listen, os.environ, _read_text, configured.listen())
    os.environ.pop(TOKEN, None)
    tls = None if settings.tls is None else open_tls(settings.tls)
    if tls is None and not is_loopback(settings.host):
        emit(Warned(what=f"API on {settings.host}: token and answers travel in the clear; set listen.tls, or a proxy"))
    return open_socket(settings.host, settings.port), settings.token, tls


def _read_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read(_SECRET_BYTES)
