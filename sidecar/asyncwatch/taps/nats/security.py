"""How a NATS server is reached and who we are to it, and what its refusals mean to the operator."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Sequence
from typing import Any, Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import AsyncwatchError, Misconfigured, Refused, Unreachable
from asyncwatch.taps.tls import tls_context

DEFAULT_PORT: Final = 4222
_PLACE: Final = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s:/@\[\]]+)(?::(\d{1,5}))?")


class NoTls(Exception):
    """The server offers no TLS where TLS was asked for."""


def places_of(server: str, settings: ServerSettings) -> list[str]:
    """Give each `host:port` of a server.

    Raises: Misconfigured.
    """
    places: list[str] = []
    for part in settings.url.split(","):
        found = _PLACE.fullmatch(part.strip())
        port = int(found[2]) if found is not None and found[2] else DEFAULT_PORT
        if found is None or not 0 < port < 65_536:
            raise Misconfigured(
                f"server '{server}': '{settings.url}' is no nats address", hint="write host:port, several with commas"
            )
        places.append(f"{found[1]}:{port}")
    return places


def login_options(server: str, settings: ServerSettings) -> dict[str, Any]:
    """Give the client library's options for TLS and credentials; they hold the password.

    Raises: Misconfigured.
    """
    options: dict[str, Any] = {}
    if settings.tls is not None:
        options["tls"] = tls_context(server, settings.tls)
    credentials = settings.credentials
    if credentials is None:
        return options
    if credentials.username is not None:
        if credentials.password is None:
            raise Misconfigured(
                f"server '{server}': a username needs a password", hint=f"set servers.{server}.credentials.password"
            )
        return options | {"user": credentials.username, "password": credentials.password.reveal()}
    if credentials.token is not None:
        return options | {"token": credentials.token.reveal()}
    return options


def connect_error(server: str, causes: Sequence[tuple[str, BaseException]]) -> AsyncwatchError:
    """Say why no place of a server could be used: a refusal before silence, the first of its kind."""
    judged = [_judge(server, place, error) for place, error in causes]
    for error in judged:
        if isinstance(error, Refused):
            return error
    if len(judged) == 1:
        return judged[0]
    places = ", ".join(place for place, _ in causes)
    first = judged[0] if judged else None
    return Unreachable(
        f"server '{server}': no nats server answers at {places}",
        detail=first.detail if first else None,
        hint=first.hint if first else None,
    )


def _judge(server: str, place: str, error: BaseException) -> AsyncwatchError:
    text = str(error).lower()
    if "authorization violation" in text or "authentication" in text:
        return Refused(
            f"server '{server}': {place} does not accept the credentials", hint="check username, password or token"
        )
    if "maximum connections exceeded" in text:
        return Refused(f"server '{server}': {place} takes no more connections")
    if isinstance(error, NoTls):
        return Refused(f"server '{server}': {place} offers no tls", hint="remove the tls settings, or use its tls port")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused(
            f"server '{server}': the certificate of {place} is not trusted",
            detail=error.verify_message,
            hint="set tls.ca_file to the authority that signed it",
        )
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "").lower().replace("_", " ")
        if "alert" in reason:
            return Refused(
                f"server '{server}': {place} refuses the tls connection",
                detail=reason,
                hint="it may want a client certificate: set tls.cert_file and tls.key_file",
            )
        return Unreachable(f"server '{server}': no tls connection to {place}", detail=reason or None)
    return Unreachable(f"server '{server}': no nats server answers at {place}", detail=_silence(error))


def _silence(error: BaseException) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return "the name is not known"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
        return "the connection was closed"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "what answers there does not speak nats"
