"""OTLP over HTTP: one request and its answer.

Rule 1: a receiver's answer is read up to a bound; the rest is left alone.
Source: facts on telemetry §7.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import ssl
from types import TracebackType
from typing import Final, Self

import httpx

from asyncwatch.config.settings import OtlpSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.outlets.otlp.answer import IN_FLIGHT, USER_AGENT, Answer, printable, refusal
from asyncwatch.outlets.otlp.headers import reveal_headers
from asyncwatch.outlets.otlp.json_form import json_form
from asyncwatch.outlets.otlp.partial_success import decode_json_partial_success, decode_partial_success
from asyncwatch.outlets.otlp.retry import RETRYABLE, parse_retry_after
from asyncwatch.outlets.otlp.signals import Signal

_MAX_ANSWER_BYTES: Final = 65_536
_UNKNOWN: Final = frozenset({404, 405, 501})
_GZIP_LEVEL: Final = 1
_EXAMPLE: Final = "http://collector:4318/v1/traces"


class HttpTransport:
    """A connection to the receiver, kept alive between requests; an async context manager.

    Raises: Misconfigured (address or certificates cannot be used).
    """

    def __init__(self, signal: Signal, settings: OtlpSettings) -> None:
        self._signal = signal
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
        self._json = settings.protocol == "http/json"
        self._headers = {
            **reveal_headers(settings.headers),
            "content-type": "application/json" if self._json else "application/x-protobuf",
            "user-agent": USER_AGENT,
            "accept-encoding": "identity",  # an answer is bounded as it comes, nothing is unpacked
        }
        if self._gzip:
            self._headers["content-encoding"] = "gzip"
        # Plain http needs no certificates, and loading them takes longer than everything else here.
        self._verify: ssl.SSLContext | bool = _tls_context(settings) if url.scheme == "https" else False
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
        # Writing JSON takes long enough to be noticed by everything else on this loop.
        plain = await asyncio.to_thread(json_form, self._signal, request) if self._json else request
        body = gzip.compress(plain, _GZIP_LEVEL, mtime=0) if self._gzip else plain
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
            decode = decode_json_partial_success if self._json else decode_partial_success
            partial = decode(body) if status == 200 else None
            if partial is None or not (partial.rejected or partial.message):
                return Answer("accepted")
            said = f"{self.address}: {partial.rejected} {self._signal.unit}s rejected"
            return Answer("accepted", rejected=partial.rejected, said=printable(f"{said}: {partial.message}"))
        said = f"{self.address}: status {status}"
        if status in RETRYABLE:
            return Answer("again", said=said, after_s=parse_retry_after(response.headers.get("retry-after")))
        return refusal(self._signal, said, unknown=status in _UNKNOWN)


def _tls_context(settings: OtlpSettings) -> ssl.SSLContext:
    """Load whom we trust, and who we are. Raises: Misconfigured."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise Misconfigured(
            f"otlp: cannot read certificates from '{settings.ca_file}'",
            detail=error.strerror or "no certificates in PEM form",
        ) from error
    if settings.cert_file is not None:
        try:
            # A password callback that says nothing: an encrypted key must not ask a terminal.
            context.load_cert_chain(settings.cert_file, settings.key_file, password=lambda: "")
        except OSError as error:
            raise Misconfigured(
                f"otlp: cannot use the client certificate '{settings.cert_file}' with its key",
                detail=error.strerror or "not in PEM form, or the key is not the certificate's",
            ) from error
    return context


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
    return printable(said or type(error).__name__)
