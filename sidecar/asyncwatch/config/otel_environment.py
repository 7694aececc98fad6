"""The standard OTEL_… variables, as far as traces over OTLP/HTTP go.

Rule 1: an empty variable is not set; a bad value is said and ignored, and never printed.
Rule 2: a variable for traces wins over the one for all signals, the flag over both.
Rule 3: nothing is sent unless an endpoint is given.
Source: OpenTelemetry specification 1.60, SDK environment variables and OTLP exporter; facts on telemetry §7.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import OtlpSettings, TracingSettings
from asyncwatch.model.errors import Misconfigured

TRACES_PATH: Final = "/v1/traces"

_PREFIX: Final = "OTEL_EXPORTER_OTLP_"
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DECIMAL: Final = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_SAMPLERS: Final = (
    "always_on", "always_off", "traceidratio",
    "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
)  # fmt: skip
_UNREAD: Final = ("CLIENT_KEY", "CLIENT_CERTIFICATE")
_SHORTEST_MS: Final = 100
_DEFAULTS: Final = OtlpSettings(endpoint="")


def read_otel(
    environ: Mapping[str, str], endpoint_flag: str | None
) -> tuple[OtlpSettings | None, TracingSettings, list[str]]:
    """Read where spans go and which are kept, with a warning for everything that is ignored.

    Shape: None instead of settings = no spans are sent.
    Raises: Misconfigured (the flag is no address); bad variables are warnings.
    """
    reading = _Reading(environ)
    tracing = TracingSettings(ratio=reading.ratio())
    endpoint = _flag_endpoint(endpoint_flag) or reading.endpoint()
    if not reading.wants_traces(asked=endpoint is not None) or endpoint is None:
        return None, tracing, reading.warnings
    reading.note_unread()
    queue_size = reading.whole("OTEL_BSP_MAX_QUEUE_SIZE", _DEFAULTS.queue_size)
    batch_size = reading.whole("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", _DEFAULTS.batch_size)
    if batch_size > queue_size:
        if reading.get("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"):
            reading.warn("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "is more than the queue holds, the queue's size is used")
        batch_size = queue_size
    endpoint, login = _without_login(endpoint)
    settings = OtlpSettings(
        endpoint=endpoint,
        headers={**login, **reading.headers()},
        compression=reading.compression(),
        timeout_s=reading.timeout_s(),
        ca_file=reading.signal("CERTIFICATE")[1],
        queue_size=queue_size,
        batch_size=batch_size,
        linger_s=reading.whole("OTEL_BSP_SCHEDULE_DELAY", round(_DEFAULTS.linger_s * 1000), least=0) / 1000,
    )
    return settings, tracing, reading.warnings


def _flag_endpoint(flag: str | None) -> str | None:
    """Take the flag as a base address, unless it already ends in the path for traces."""
    if not flag:
        return None
    if not _is_address(flag):
        raise Misconfigured("--otlp-endpoint is no http or https address", hint="http://localhost:4318")
    return flag if urlsplit(flag).path.rstrip("/").endswith(TRACES_PATH) else _with_path(flag)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _with_path(base: str) -> str:
    parts = urlsplit(base)
    return parts._replace(path=parts.path.rstrip("/") + TRACES_PATH).geturl()


def _without_login(address: str) -> tuple[str, dict[str, Secret]]:
    """Take user and password out of an address, so that it can be shown."""
    parts = urlsplit(address)
    login, at, place = parts.netloc.rpartition("@")
    if not at:
        return address, {}
    token = b64encode(unquote(login).encode()).decode("ascii")
    return parts._replace(netloc=place).geturl(), {"authorization": Secret(f"Basic {token}")}


class _Reading:
    """One reading of the environment, and what was wrong with it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.warnings: list[str] = []

    def get(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def signal(self, name: str) -> tuple[str, str | None]:
        """Give the variable that counts for traces, and its value."""
        own = f"{_PREFIX}TRACES_{name}"
        value = self.get(own)
        return (own, value) if value is not None else (_PREFIX + name, self.get(_PREFIX + name))

    def warn(self, name: str, what: str) -> None:
        self.warnings.append(f"{name} {what}")

    def wants_traces(self, *, asked: bool) -> bool:
        """Tell whether nobody has switched traces off."""
        disabled = (self.get("OTEL_SDK_DISABLED") or "").lower()
        if disabled not in {"", "true", "false"}:
            self.warn("OTEL_SDK_DISABLED", "is neither true nor false, it is ignored")
        exporters = {part.strip().lower() for part in (self.get("OTEL_TRACES_EXPORTER") or "").split(",")} - {""}
        off = None
        if disabled == "true":
            off = "OTEL_SDK_DISABLED"
        elif exporters == {"none"}:
            off = "OTEL_TRACES_EXPORTER"
        elif exporters - {"otlp"}:
            self.warn("OTEL_TRACES_EXPORTER", "names an exporter that is not known here, it is ignored")
        if off and asked:
            self.warn(off, "switches traces off, the endpoint is not used")
        return off is None

    def endpoint(self) -> str | None:
        own = f"{_PREFIX}TRACES_ENDPOINT"
        for name, complete in ((own, True), (f"{_PREFIX}ENDPOINT", False)):
            value = self.get(name)
            if value is None:
                continue
            if _is_address(value):
                return value if complete else _with_path(value)
            self.warn(name, "is no http or https address, it is ignored")
        return None

    def headers(self) -> dict[str, Secret]:
        name, value = self.signal("HEADERS")
        found: dict[str, Secret] = {}
        for place, pair in enumerate((value or "").split(","), 1):
            if not pair.strip():
                continue
            key, equals, text = pair.partition("=")
            key, text = unquote(key.strip()), unquote(text.strip()).strip()
            if equals and _HEADER_NAME.fullmatch(key) and text.isascii() and text.isprintable():
                found[key.lower()] = Secret(text)
            else:
                self.warn(name, f"has a pair that is no header (number {place}), it is ignored")
        return found

    def compression(self) -> Literal["gzip", "none"]:
        name, value = self.signal("COMPRESSION")
        if value is None or value.lower() == "gzip":
            return "gzip"
        if value.lower() == "none":
            return "none"
        self.warn(name, "is neither gzip nor none, it is ignored")
        return _DEFAULTS.compression

    def timeout_s(self) -> float:
        name, value = self.signal("TIMEOUT")
        given_ms = self.whole(name, round(_DEFAULTS.timeout_s * 1000))
        if value is not None and given_ms < _SHORTEST_MS:
            self.warn(name, f"is {given_ms} ms, which is very short; it is given in milliseconds")
        return given_ms / 1000

    def note_unread(self) -> None:
        """Say which variables would change a connection, and are not read."""
        name, protocol = self.signal("PROTOCOL")
        if protocol is not None and protocol.lower() != "http/protobuf":
            self.warn(name, "asks for a protocol that is not spoken here, http/protobuf is used")
        for part in _UNREAD:
            name, value = self.signal(part)
            if value is not None:
                self.warn(name, "is not read")

    def whole(self, name: str, default: int, *, least: int = 1) -> int:
        value = self.get(name)
        if value is None:
            return default
        if value.isascii() and value.isdigit() and len(value) <= 9 and int(value) >= least:
            return int(value)
        self.warn(name, f"is no whole number from {least} up, it is ignored")
        return default

    def ratio(self) -> float:
        """Give the share of sampled traces that get our spans.

        A sampler that follows the parent keeps them all: every span of ours has a sampled parent.
        """
        sampler = (self.get("OTEL_TRACES_SAMPLER") or "parentbased_always_on").lower()
        if sampler not in _SAMPLERS:
            self.warn("OTEL_TRACES_SAMPLER", "names no known sampler, it is ignored")
            return 1.0
        if sampler == "always_off":
            return 0.0
        argument = self.get("OTEL_TRACES_SAMPLER_ARG")
        ratio = 1.0
        if argument is not None and sampler.endswith("traceidratio"):
            if re.fullmatch(_DECIMAL, argument) and float(argument) <= 1.0:
                ratio = float(argument)
            else:
                self.warn("OTEL_TRACES_SAMPLER_ARG", "is no number from 0 to 1, it is ignored")
        return ratio if sampler == "traceidratio" else 1.0
