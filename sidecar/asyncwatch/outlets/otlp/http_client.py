"""One OTLP request over HTTP and what its answer means.

Rule 1: a receiver's answer is read up to a bound; the rest is left alone.
Rule 2: nothing secret stands in an error: not a header, not a user's name in the address.
Source: facts on telemetry §7.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

import httpx

from asyncwatch import __version__
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import OtlpSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.outlets.otlp.encoding import decode_partial_success
from asyncwatch.outlets.otlp.retry import RETRYABLE, parse_retry_after

IN_FLIGHT: Final = 2
"""Requests at one time."""

_MAX_ANSWER_BYTES: Final = 65_536
_MAX_SAID: Final = 200
_GZIP_LEVEL: Final = 1
_EXAMPLE: Final = "http://collector:4318/v1/traces"

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?|")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `accepted`: taken, but for `rejected` spans; `again`: try later; `refused`: never.

    Units: `after_s` seconds, where the receiver said when.
    """

    kind: Literal["accepted", "again", "refused"]
    rejected: int = 0
    said: str | None = None
    after_s: float | None = None
    reached: bool = True
    """False = nobody answered."""


class TraceClient:
    """A connection to the receiver, kept alive between requests; an async context manager.

    Raises: Misconfigured (address or certificates cannot be used).
    """

    def __init__(self, settings: OtlpSettings) -> None:
        try:
            url = httpx.URL(settings.endpoint)
        except (httpx.InvalidURL, TypeError) as error:
            raise Misconfigured("otlp: endpoint is no address", hint=_EXAMPLE) from error
        if url.scheme not in {"http", "https"} or not url.host:
            raise Misconfigured("otlp: endpoint is no http or https address", hint=_EXAMPLE)
        self._auth = httpx.BasicAuth(url.username, url.password) if url.userinfo else None
        self._url = url.copy_with(userinfo=b"")
        self._timeout_s = settings.timeout_s
        self._gzip = settings.compression == "gzip"
        self._headers = {
            **_reveal(settings.headers),
            "content-type": "application/x-protobuf",
            "user-agent": f"asyncwatch/{__version__} OTel-OTLP-Exporter-Python/{__version__}",
            "accept-encoding": "identity",  # an answer is bounded as it comes, nothing is unpacked
        }
        if self._gzip:
            self._headers["content-encoding"] = "gzip"
        # Plain http needs no certificates, and loading them takes longer than everything else here.
        self._verify: ssl.SSLContext | bool = False
        if url.scheme == "https":
            try:
                self._verify = ssl.create_default_context(cafile=settings.ca_file)
            except OSError as error:
                raise Misconfigured(
                    f"otlp: cannot read certificates from '{settings.ca_file}'",
                    detail=error.strerror or "no certificates in PEM form",
                ) from error
        self._client: httpx.AsyncClient | None = None

    @property
    def address(self) -> str:
        """The address without user and password."""
        return str(self._url)

    async def __aenter__(self) -> Self:
        # The client's own log line for every request would drown ours.
        for name in ("httpx", "httpcore"):
            if logging.getLogger(name).level == logging.NOTSET:
                logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            headers=self._headers,
            auth=self._auth,
            verify=self._verify,
            timeout=self._timeout_s,
            limits=httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def send(self, request: bytes) -> Answer:
        """Send one export request.

        Raises: nothing but cancellation; every failure is an Answer.
        """
        client = self._client
        assert client is not None, "send belongs inside the context manager"
        body = gzip.compress(request, _GZIP_LEVEL, mtime=0) if self._gzip else request
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                client.stream("POST", self._url, content=body) as response,
            ):
                return self._judge(response, await _read(response))
        except (TimeoutError, httpx.TimeoutException):
            return Answer("again", said=f"{self.address}: no answer within {self._timeout_s:g} s", reached=False)
        except (httpx.TransportError, OSError) as error:
            return Answer("again", said=f"{self.address}: {_cause(error)}", reached=False)

    def _judge(self, response: httpx.Response, body: bytes) -> Answer:
        status = response.status_code
        if 200 <= status < 300:
            partial = decode_partial_success(body) if status == 200 else None
            if partial is None or not (partial.rejected or partial.message):
                return Answer("accepted")
            said = f"{self.address}: {partial.rejected} spans rejected"
            return Answer("accepted", rejected=partial.rejected, said=_clip(f"{said}: {partial.message}"))
        said = f"{self.address}: status {status}"
        if status in RETRYABLE:
            return Answer("again", said=said, after_s=parse_retry_after(response.headers.get("retry-after")))
        return Answer("refused", said=said)


def _reveal(headers: Mapping[str, Secret]) -> dict[str, str]:
    """Take the headers out of their envelopes; a bad one is named by its name only."""
    revealed = {name: secret.reveal() for name, secret in headers.items()}
    for name, value in revealed.items():
        if not _HEADER_NAME.fullmatch(name):
            raise Misconfigured("otlp: the name of a header has characters that no name may have")
        if not _HEADER_VALUE.fullmatch(value):
            raise Misconfigured(f"otlp: the value of header '{name}' has characters that no value may have")
    return revealed


async def _read(response: httpx.Response) -> bytes:
    """Read an answer up to the bound; a longer one is as good as none."""
    parts: list[bytes] = []
    size_bytes = 0
    async for part in response.aiter_raw():
        size_bytes += len(part)
        if size_bytes > _MAX_ANSWER_BYTES:
            return b""
        parts.append(part)
    return b"".join(parts)


def _cause(error: Exception) -> str:
    """Say what happened to the connection, in the words of the lowest layer that has any."""
    lowest: BaseException = error
    while (cause := lowest.__cause__ or lowest.__context__) is not None:
        lowest = cause
    if isinstance(error, httpx.LocalProtocolError):
        return "request could not be written"  # such an error quotes what it could not write
    if isinstance(lowest, ConnectionError) and lowest.errno:
        return os.strerror(lowest.errno).lower()  # asyncio's own words hold the address, which stands there already
    said = lowest.strerror if isinstance(lowest, OSError) and lowest.strerror else str(error)
    return _clip(said or type(error).__name__)


def _clip(text: str) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in text[:_MAX_SAID])
    return printable.strip()
