"""OTLP over gRPC: one call and its answer.

Rule 1: the library neither retries by itself nor waits long before it connects again: that is decided one floor up.
Source: OTLP specification 1.11, OTLP/gRPC; google.rpc.Status and RetryInfo; facts on telemetry §7.
"""

from __future__ import annotations

import os
import re
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from asyncwatch.config.settings import OtlpSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.outlets.otlp.answer import USER_AGENT, Answer, printable, refusal
from asyncwatch.outlets.otlp.headers import reveal_headers
from asyncwatch.outlets.otlp.partial_success import decode_partial_success, iter_fields, read_fields
from asyncwatch.outlets.otlp.signals import Signal

# The library writes to standard error by itself, about every connection that is not there.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

try:
    import grpc
    import grpc.aio
except ImportError as missing:  # a platform for which the library has no wheel
    raise Misconfigured(
        "otlp: gRPC is asked for, and the package grpcio is not installed",
        hint="pip install grpcio, or use OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf with port 4318",
    ) from missing

_AGAIN: Final = frozenset(
    {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
)  # fmt: skip
_UNREACHED: Final = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED"})
"""Codes that the library gives by itself when nobody answers."""

_KEY: Final = re.compile(r"[0-9a-z_.\-]+")
_MAX_ANSWER_BYTES: Final = 65_536
_MAX_DELAY_S: Final = 86_400.0
_RETRY_INFO: Final = b"type.googleapis.com/google.rpc.RetryInfo"
_EXAMPLE: Final = "http://collector:4317"

# No types come with the library; calls are narrowed to bytes in, bytes out here.
_Call = Callable[..., Awaitable[bytes]]


class GrpcTransport:
    """A channel to the receiver of one signal; an async context manager.

    Raises: Misconfigured (address, headers or certificates cannot be used).
    """

    def __init__(self, signal: Signal, settings: OtlpSettings) -> None:
        self._signal = signal
        self._timeout_s = settings.timeout_s
        self._compression = grpc.Compression.Gzip if settings.compression == "gzip" else grpc.Compression.NoCompression
        self._target, self._secure, login = _split(settings.endpoint)
        self._metadata = _metadata(settings, login)
        self._credentials = _credentials(settings) if self._secure else None
        self._channel: Any = None
        self._export: _Call | None = None

    @property
    def address(self) -> str:
        """The address without user and password."""
        return f"{'https' if self._secure else 'http'}://{self._target}"

    async def __aenter__(self) -> Self:
        options = [
            ("grpc.primary_user_agent", USER_AGENT),
            ("grpc.enable_retries", 0),
            ("grpc.initial_reconnect_backoff_ms", 250),
            ("grpc.min_reconnect_backoff_ms", 250),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.max_receive_message_length", _MAX_ANSWER_BYTES),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        target = f"dns:///{self._target}"
        if self._credentials is None:
            self._channel = grpc.aio.insecure_channel(target, options, self._compression)
        else:
            self._channel = grpc.aio.secure_channel(target, self._credentials, options, self._compression)
        self._export = self._channel.unary_unary(self._signal.method)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        channel, self._channel, self._export = self._channel, None, None
        if channel is not None:
            await channel.close(None)

    async def send(self, request: bytes) -> Answer:
        """Send one export request.

        Raises: nothing but cancellation; every failure is an Answer.
        """
        assert self._export is not None, "send belongs inside the context manager"
        try:
            body = await self._export(request, timeout=self._timeout_s, metadata=self._metadata)
        except grpc.aio.AioRpcError as error:
            return self._judge(error)
        except (grpc.RpcError, grpc.aio.UsageError, OSError) as error:
            return Answer("again", said=f"{self.address}: {printable(type(error).__name__)}", reached=False)
        partial = decode_partial_success(bytes(body))
        if not (partial.rejected or partial.message):
            return Answer("accepted")
        said = f"{self.address}: {partial.rejected} {self._signal.unit}s rejected: {partial.message}"
        return Answer("accepted", rejected=partial.rejected, said=printable(said))

    def _judge(self, error: grpc.aio.AioRpcError) -> Answer:
        code = error.code().name
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
        after_s = parse_retry_info(details) if isinstance(details, bytes) else None
        if code == "DEADLINE_EXCEEDED" and details is None:
            said = f"no answer within {self._timeout_s:g} s"
        else:
            said = f"{code}: {error.details() or ''}".rstrip(": ")
        said = printable(f"{self.address}: {said}")
        if code in _AGAIN or (code == "RESOURCE_EXHAUSTED" and after_s is not None):
            return Answer("again", said=said, after_s=after_s, reached=code not in _UNREACHED or details is not None)
        return refusal(self._signal, said, unknown=code == "UNIMPLEMENTED")


def parse_retry_info(status: bytes) -> float | None:
    """Read when to try again from a google.rpc.Status.

    Units: seconds, never negative; None = it holds no RetryInfo.
    """
    try:
        for number, value in iter_fields(status):
            if number != 3 or not isinstance(value, bytes):  # Status.details
                continue
            detail = read_fields(value)
            if detail.get(1) != _RETRY_INFO:
                continue
            info = detail.get(2, b"")
            delay = read_fields(info).get(1, b"") if isinstance(info, bytes) else b""
            duration = read_fields(delay) if isinstance(delay, bytes) else {}
            seconds, nanos = duration.get(1, 0), duration.get(2, 0)
            if isinstance(seconds, int) and isinstance(nanos, int) and seconds < 1 << 63 and nanos < 1 << 63:
                return min(seconds + nanos / 1e9, _MAX_DELAY_S)
            return 0.0
    except ValueError:
        return None
    return None


def _split(endpoint: str) -> tuple[str, bool, str | None]:
    """Give host and port, whether with TLS, and user and password. Raises: Misconfigured."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError as error:
        raise Misconfigured("otlp: endpoint is no address", hint=_EXAMPLE) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Misconfigured("otlp: endpoint is no http or https address", hint=_EXAMPLE)
    secure = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    login, at, _ = parts.netloc.rpartition("@")
    return f"{host}:{port or (443 if secure else 80)}", secure, unquote(login) if at else None


def _metadata(settings: OtlpSettings, login: str | None) -> tuple[tuple[str, str], ...]:
    """Give the headers as metadata. Raises: Misconfigured."""
    found = {name.lower(): value for name, value in reveal_headers(settings.headers).items()}
    if login is not None:
        found.setdefault("authorization", "Basic " + b64encode(login.encode()).decode("ascii"))
    for name in found:
        if not _KEY.fullmatch(name) or name.endswith("-bin") or name.startswith("grpc-"):
            raise Misconfigured(f"otlp: header '{name}' cannot be sent over gRPC")
    return tuple(found.items())


def _credentials(settings: OtlpSettings) -> object:
    """Load whom we trust, and who we are. Raises: Misconfigured."""
    roots = _trusted_by_the_system() if settings.ca_file is None else _read(settings.ca_file, "certificates")
    chain = key = None
    if settings.cert_file is not None:
        chain = _read(settings.cert_file, "the client certificate")
        key = _read(settings.key_file or settings.cert_file, "the client key")
        try:
            ssl.create_default_context().load_cert_chain(settings.cert_file, settings.key_file, password=lambda: "")
        except OSError as error:
            raise Misconfigured(
                f"otlp: cannot use the client certificate '{settings.cert_file}' with its key",
                detail=error.strerror or "not in PEM form, or the key is not the certificate's",
            ) from error
    return grpc.ssl_channel_credentials(roots, key, chain)


def _read(path: str, what: str) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(1 << 20)
    except OSError as error:
        raise Misconfigured(f"otlp: cannot read {what} from '{path}'", detail=error.strerror) from error
    if b"-----BEGIN " not in content:
        raise Misconfigured(f"otlp: cannot read {what} from '{path}'", detail="no certificates in PEM form")
    return content


def _trusted_by_the_system() -> bytes | None:
    """Give the system's authorities, as HTTP trusts them; None = the library's own list."""
    found = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, found)).encode() or None
