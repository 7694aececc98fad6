"""Where telemetry goes: does the receiver take an empty request, and does its clock agree with ours."""

from __future__ import annotations

import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx

from asyncwatch.cli.doctor.diagnosis import Section
from asyncwatch.config.otel_environment import OtelSettings
from asyncwatch.config.settings import OtlpSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.outlets.otlp.signals import LOGS, METRICS, TRACES, Signal
from asyncwatch.outlets.otlp.transport import open_transport
from asyncwatch.taps.base import Remark

_TOLERATED_S: Final = 2.0
_EMPTY: Final = b""
"""An export request with nothing in it."""


async def look_at_collector(otel: OtelSettings) -> Section:
    """Give what was found of the receivers of all signals."""
    found: list[tuple[Signal, OtlpSettings]] = [
        (signal, settings)
        for signal, settings in ((TRACES, otel.export.traces), (LOGS, otel.export.logs), (METRICS, otel.export.metrics))
        if settings is not None and settings.protocol != "console"
    ]
    if not found:
        return Section("OTLP", [Remark("endpoint", "unknown", "none is set, nothing is sent", "--otlp-endpoint URL")])
    remarks = [await _send_nothing(signal, settings) for signal, settings in found]
    remarks.append(await _look_at_clock(found[0][1]))
    return Section(f"OTLP ({found[0][1].protocol})", remarks)


async def _send_nothing(signal: Signal, settings: OtlpSettings) -> Remark:
    what = f"{signal.name} to {_place(settings.endpoint)}"
    try:
        async with open_transport(signal, settings) as transport:
            answer = await transport.send(_EMPTY)
    except Misconfigured as error:
        return Remark(what, "problem", error.message, error.hint)
    if answer.kind == "accepted":
        return Remark(what, "ok", "an empty request is taken")
    hint = (
        "is the collector running, and is this its OTLP port?"
        if not answer.reached
        else "look at the receiver's configuration"
    )
    return Remark(what, "problem", answer.said, hint)


async def _look_at_clock(settings: OtlpSettings) -> Remark:
    """Compare our clock with the time of day that the receiver's HTTP answers carry, to a second."""
    if settings.protocol == "grpc":
        return Remark("clock offset", "unknown", "gRPC answers carry no time of day")
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        async with httpx.AsyncClient(verify=context, timeout=settings.timeout_s) as client:
            before_s = time.time()
            async with client.stream("GET", _place(settings.endpoint)) as answer:
                after_s = time.time()
                said = answer.headers.get("date")
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        said = None
    if said is None:
        return Remark("clock offset", "unknown", "the receiver tells no time of day")
    try:
        # The header is cut to whole seconds: half of one is the best guess.
        offset_s = parsedate_to_datetime(said).timestamp() + 0.5 - (before_s + after_s) / 2
    except (TypeError, ValueError):
        return Remark("clock offset", "unknown", "the receiver's time of day cannot be read")
    uncertain_s = 0.5 + (after_s - before_s) / 2
    if abs(offset_s) <= max(_TOLERATED_S, uncertain_s):
        return Remark("clock offset", "ok", f"within {max(_TOLERATED_S, uncertain_s):.1f} s of the receiver")
    ahead = "ahead of" if offset_s < 0 else "behind"
    return Remark(
        "clock offset",
        "warning",
        f"our clock is {abs(offset_s):.0f} s {ahead} the receiver's",
        "let both hosts use NTP",
    )


def _place(endpoint: str) -> str:
    """Give the address without a login."""
    parts = urlsplit(endpoint)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
