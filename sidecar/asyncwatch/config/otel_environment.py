"""The standard OTEL_… variables: where telemetry goes, which spans are kept, who we are in it.

Source: OpenTelemetry specification 1.60, SDK environment variables; facts on telemetry §4 and §7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from asyncwatch.config.otel_export import read_export
from asyncwatch.config.otel_metrics import MetricSettings, read_metrics
from asyncwatch.config.otel_reading import OtelReading
from asyncwatch.config.settings import ExportSettings, ResourceSettings, TracingSettings

_DECIMAL: Final = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_SAMPLERS: Final = (
    "always_on", "always_off", "traceidratio",
    "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
)  # fmt: skip
_RESOURCE_ATTRIBUTES: Final = "OTEL_RESOURCE_ATTRIBUTES"
_MOST_ATTRIBUTES: Final = 64


@dataclass(frozen=True, slots=True)
class OtelSettings:
    """What the environment says; `warnings` names everything that is ignored."""

    export: ExportSettings
    tracing: TracingSettings
    metrics: MetricSettings
    warnings: list[str]


def read_otel(environ: Mapping[str, str], endpoint_flag: str | None) -> OtelSettings:
    """Read where telemetry goes.

    Raises: Misconfigured (the flag is no address); bad variables are warnings.
    """
    reading = OtelReading(environ)
    tracing = TracingSettings(ratio=_ratio(reading))
    export = ExportSettings(
        traces=read_export(reading, "TRACES", endpoint_flag),
        logs=read_export(reading, "LOGS", endpoint_flag),
        metrics=read_export(reading, "METRICS", endpoint_flag),
        resource=_resource(reading),
    )
    return OtelSettings(export, tracing, read_metrics(reading), reading.warnings)


def _resource(reading: OtelReading) -> ResourceSettings:
    """Read our own name and attributes; one pair that cannot be read discards them all, as the specification has it."""
    found: dict[str, str] = {}
    for pair in (reading.get(_RESOURCE_ATTRIBUTES) or "").split(","):
        if not pair.strip():
            continue
        key, equals, text = pair.partition("=")
        key = key.strip()
        try:
            text = unquote(text.strip(), errors="strict")
        except UnicodeDecodeError:
            equals = ""
        if not equals or not key or not key.isprintable():
            reading.warn(_RESOURCE_ATTRIBUTES, "has a pair that cannot be read, all of it is ignored")
            found = {}
            break
        if len(found) < _MOST_ATTRIBUTES or key in found:
            found[key] = text
        else:
            reading.warn(_RESOURCE_ATTRIBUTES, f"has more than {_MOST_ATTRIBUTES} pairs, the others are ignored")
    name = reading.get("OTEL_SERVICE_NAME") or found.pop("service.name", None)
    found.pop("service.name", None)
    return ResourceSettings(attributes=found) if not name else ResourceSettings(service_name=name, attributes=found)


def _ratio(reading: OtelReading) -> float:
    """Give the share of sampled traces that get our spans.

    A sampler that follows the parent keeps them all: every span of ours has a sampled parent.
    """
    sampler = (reading.get("OTEL_TRACES_SAMPLER") or "parentbased_always_on").lower()
    if sampler not in _SAMPLERS:
        reading.warn("OTEL_TRACES_SAMPLER", "names no known sampler, it is ignored")
        return 1.0
    if sampler == "always_off":
        return 0.0
    argument = reading.get("OTEL_TRACES_SAMPLER_ARG")
    ratio = 1.0
    if argument is not None and sampler.endswith("traceidratio"):
        if re.fullmatch(_DECIMAL, argument) and float(argument) <= 1.0:
            ratio = float(argument)
        else:
            reading.warn("OTEL_TRACES_SAMPLER_ARG", "is no number from 0 to 1, it is ignored")
    return ratio if sampler == "traceidratio" else 1.0
