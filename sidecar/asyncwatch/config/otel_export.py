"""Where one signal goes, from the variables of its exporter and its batch processor.

Rule 1: nothing is sent unless an endpoint is given, by flag or variable; `console` needs none.
Rule 2: over HTTP a base address gets the signal's path, an address for one signal is used as it is.
Source: OpenTelemetry specification 1.60, OTLP exporter; facts on telemetry §7.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from asyncwatch.config.otel_reading import OTLP, OtelReading, SignalName
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import Limits, OtlpSettings
from asyncwatch.model.errors import Misconfigured

PATHS: Final[dict[SignalName, str]] = {"TRACES": "/v1/traces", "LOGS": "/v1/logs", "METRICS": "/v1/metrics"}
STANDARD_OUTPUT: Final = "standard output"
"""The endpoint of the exporter `console`."""

Protocol: TypeAlias = Literal["http/protobuf", "http/json", "grpc", "console"]

_PROTOCOLS: Final[dict[str, Protocol]] = {
    "http/protobuf": "http/protobuf", "http/json": "http/json", "grpc": "grpc",
}  # fmt: skip
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HOST_AND_PORT: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
_SHORTEST_MS: Final = 100
_GRPC_PORT: Final = 4317
_DEFAULTS: Final = OtlpSettings(endpoint="")
_PROCESSORS: Final[dict[SignalName, tuple[str, str, float]]] = {
    "TRACES": ("OTEL_BSP_", "OTEL_SPAN_", _DEFAULTS.linger_s),
    "LOGS": ("OTEL_BLRP_", "OTEL_LOGRECORD_", 1.0),
}
"""By signal: how its batch processor's and its limits' variables begin, and how long we linger by default."""


def read_export(reading: OtelReading, signal: SignalName, flag: str | None) -> OtlpSettings | None:
    """Read where a signal goes; `flag` is the endpoint that was given besides the environment.

    Shape: None = it is not sent.
    Raises: Misconfigured (the flag is no address); bad variables are warnings.
    """
    spoken = _protocol(reading, signal)
    address = _flag_address(flag, signal, spoken) or _address(reading, signal, spoken)
    name = f"OTEL_{signal}_EXPORTER"
    exporters = reading.exporters(signal, ("otlp", "console", *(("prometheus",) if signal == "METRICS" else ())))
    if reading.disabled():
        if address is not None:
            reading.warn("OTEL_SDK_DISABLED", "switches telemetry off, the endpoint is not used")
        return None
    if "otlp" not in exporters:
        if "console" in exporters:
            return replace(_processor(reading, signal), endpoint=STANDARD_OUTPUT, protocol="console")
        # Whoever sends spans only knows it; no spans at all, or an address that is not used, may be a mistake.
        asked = signal == "TRACES" or reading.get(f"{OTLP}{signal}_ENDPOINT") is not None
        if not exporters and address is not None and asked:
            reading.warn(name, f"switches {signal.lower()} off, the endpoint is not used for them")
        return None
    if "console" in exporters:
        reading.warn(name, "names otlp and console, console is left out")
    if address is None:
        return None
    address, login = _without_login(address)
    if spoken != "grpc" and urlsplit(address).port == _GRPC_PORT:
        reading.warn(f"{OTLP}PROTOCOL", f"is {spoken}, and the endpoint's port 4317 usually takes grpc")
    cert_file, key_file = (reading.of_signal(signal, part)[1] for part in ("CLIENT_CERTIFICATE", "CLIENT_KEY"))
    if key_file is not None and cert_file is None:
        reading.warn(reading.of_signal(signal, "CLIENT_KEY")[0], "is set without a client certificate, it is ignored")
        key_file = None
    return replace(
        _processor(reading, signal),
        endpoint=address,
        headers={**login, **_headers(reading, signal)},
        compression=_compression(reading, signal),
        timeout_s=_timeout_s(reading, signal),
        protocol=spoken,
        ca_file=reading.of_signal(signal, "CERTIFICATE")[1],
        cert_file=cert_file,
        key_file=key_file,
    )


def _processor(reading: OtelReading, signal: SignalName) -> OtlpSettings:
    """Read queue, batches and limits: settings that lack their endpoint."""
    if signal == "METRICS":
        return _DEFAULTS
    batch, own, linger_s = _PROCESSORS[signal]
    queue_size = reading.whole(f"{batch}MAX_QUEUE_SIZE", _DEFAULTS.queue_size)
    batch_size = reading.whole(f"{batch}MAX_EXPORT_BATCH_SIZE", _DEFAULTS.batch_size)
    if batch_size > queue_size:
        if reading.get(f"{batch}MAX_EXPORT_BATCH_SIZE"):
            reading.warn(f"{batch}MAX_EXPORT_BATCH_SIZE", "is more than the queue holds, the queue's size is used")
        batch_size = queue_size
    return replace(
        _DEFAULTS,
        queue_size=queue_size,
        batch_size=batch_size,
        linger_s=reading.whole(f"{batch}SCHEDULE_DELAY", round(linger_s * 1000), least=0) / 1000,
        retry_age_s=reading.whole(f"{batch}EXPORT_TIMEOUT", round(_DEFAULTS.retry_age_s * 1000)) / 1000,
        limits=Limits(
            value_chars=reading.maybe_whole(f"{own}ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
            attributes=reading.maybe_whole(f"{own}ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"),
            events=reading.maybe_whole("OTEL_SPAN_EVENT_COUNT_LIMIT") if signal == "TRACES" else None,
            links=reading.maybe_whole("OTEL_SPAN_LINK_COUNT_LIMIT") if signal == "TRACES" else None,
        ),
    )


def _protocol(reading: OtelReading, signal: SignalName) -> Protocol:
    name, value = reading.of_signal(signal, "PROTOCOL")
    if value is None:
        return _DEFAULTS.protocol
    if value.lower() not in _PROTOCOLS:
        reading.warn(name, f"is none of {', '.join(_PROTOCOLS)}, it is ignored")
    return _PROTOCOLS.get(value.lower(), _DEFAULTS.protocol)


def _flag_address(flag: str | None, signal: SignalName, protocol: Protocol) -> str | None:
    """Take the flag as a base address, also where it ends in the path of a signal. Raises: Misconfigured."""
    if not flag:
        return None
    if protocol == "grpc" and _HOST_AND_PORT.fullmatch(flag):
        flag = f"http://{flag}"
    if not _is_address(flag):
        raise Misconfigured("--otlp-endpoint is no http or https address", hint="http://localhost:4318")
    parts = urlsplit(flag)
    path = parts.path.rstrip("/")
    for own in PATHS.values():
        path = path.removesuffix(own)
    return _with_path(parts._replace(path=path).geturl(), signal, protocol)


def _address(reading: OtelReading, signal: SignalName, protocol: Protocol) -> str | None:
    own = f"{OTLP}{signal}_ENDPOINT"
    for name, complete in ((own, True), (f"{OTLP}ENDPOINT", False)):
        value = reading.get(name)
        if value is None:
            continue
        if protocol == "grpc" and _HOST_AND_PORT.fullmatch(value):
            # An address without scheme: the variable INSECURE says whether it is http.
            insecure = reading.boolean(reading.of_signal(signal, "INSECURE")[0])
            value = f"{'http' if insecure else 'https'}://{value}"
        if _is_address(value):
            return value if complete else _with_path(value, signal, protocol)
        reading.warn(name, "is no http or https address, it is ignored")
    return None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _with_path(base: str, signal: SignalName, protocol: Protocol) -> str:
    if protocol == "grpc":
        return base
    parts = urlsplit(base)
    return parts._replace(path=parts.path.rstrip("/") + PATHS[signal]).geturl()


def _without_login(address: str) -> tuple[str, dict[str, Secret]]:
    """Take user and password out of an address, so that it can be shown."""
    parts = urlsplit(address)
    login, at, place = parts.netloc.rpartition("@")
    if not at:
        return address, {}
    token = b64encode(unquote(login).encode()).decode("ascii")
    return parts._replace(netloc=place).geturl(), {"authorization": Secret(f"Basic {token}")}


def _headers(reading: OtelReading, signal: SignalName) -> dict[str, Secret]:
    name, value = reading.of_signal(signal, "HEADERS")
    found: dict[str, Secret] = {}
    for place, pair in enumerate((value or "").split(","), 1):
        if not pair.strip():
            continue
        key, equals, text = pair.partition("=")
        key, text = unquote(key.strip()), unquote(text.strip()).strip()
        if equals and _HEADER_NAME.fullmatch(key) and text.isascii() and text.isprintable():
            found[key.lower()] = Secret(text)
        else:
            reading.warn(name, f"has a pair that is no header (number {place}), it is ignored")
    return found


def _compression(reading: OtelReading, signal: SignalName) -> Literal["gzip", "none"]:
    name, value = reading.of_signal(signal, "COMPRESSION")
    if value is None or value.lower() == "gzip":
        return "gzip"
    if value.lower() == "none":
        return "none"
    reading.warn(name, "is neither gzip nor none, it is ignored")
    return _DEFAULTS.compression


def _timeout_s(reading: OtelReading, signal: SignalName) -> float:
    name, value = reading.of_signal(signal, "TIMEOUT")
    given_ms = reading.whole(name, round(_DEFAULTS.timeout_s * 1000))
    if value is not None and given_ms < _SHORTEST_MS:
        reading.warn(name, f"is {given_ms} ms, which is very short; it is given in milliseconds")
    return given_ms / 1000
