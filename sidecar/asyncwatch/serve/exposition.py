"""Points as Prometheus reads them: text format 0.0.4, or OpenMetrics 1.0, which alone has exemplars and units.

The usual client library writes everything in one go, 2 s for 5,000 channels; this one writes piece by piece, and in its
tests it is read back by that library's strict parsers.
Source: Prometheus exposition formats; OpenMetrics 1.0; OpenTelemetry's Prometheus compatibility (names, target info).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, Literal, TypeAlias

from asyncwatch.config.otel_metrics import ExemplarFilter
from asyncwatch.model.distribution import Exemplar
from asyncwatch.telemetry.catalogue import CATALOGUE, Metric, prometheus_name
from asyncwatch.telemetry.points import Attributes, HistogramPoint, NumberPoint, Point, label

Form: TypeAlias = Literal["text", "openmetrics"]

CONTENT_TYPES: Final[dict[Form, str]] = {
    "text": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}
_TYPES: Final = {"counter": "counter", "updowncounter": "gauge", "gauge": "gauge", "histogram": "histogram"}
_LINES: Final = 5_000
"""Lines in a part, about a millisecond of work."""
_ESCAPES: Final = {"\\": r"\\", "\n": r"\n", '"': r"\""}
_ESCAPED: Final = str.maketrans(_ESCAPES)


def chosen_form(accept: str) -> Form:
    """Choose what a scraper likes best: OpenMetrics where it is named and not liked less than text."""
    best = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for entry in accept.split(",")[:100]:
        media_type, *parameters = (part.strip().lower() for part in entry.split(";"))
        if media_type in best:
            best[media_type] = max(best[media_type], _quality(parameters))
    metrics, text = best.values()
    return "openmetrics" if metrics > 0 and metrics >= text else "text"


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            digits = parameter[2:]
            return float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else 0.0
    return 1.0


class Exposition:
    """Collects the lines of each family; `resource` describes who is measured."""

    def __init__(self, form: Form, resource: Mapping[str, str], exemplars: ExemplarFilter) -> None:
        self._is_open = form == "openmetrics"
        self._resource = resource
        self._exemplars = exemplars if self._is_open else "always_off"
        self._families: dict[str, list[str]] = {name: [] for name in CATALOGUE}
        self._names = {name: metric.prometheus_name for name, metric in CATALOGUE.items()}

    def add(self, point: Point) -> None:
        """Write one point's lines."""
        lines, name = self._families[point.metric.name], self._names[point.metric.name]
        labels = _labels(point.attributes)
        if isinstance(point, NumberPoint):
            inside = f"{{{labels}}}" if labels else ""
            mark = self._mark(point.exemplar, 1) if point.exemplar is not None else ""
            lines.append(f"{name}{inside} {point.value!r}{mark}\n")
        else:
            self._add_histogram(lines, name, labels, point)

    def _add_histogram(self, lines: list[str], name: str, labels: str, point: HistogramPoint) -> None:
        distribution, divisor = point.distribution, point.divisor
        begin = f"{name}_bucket{{{labels}{',' if labels else ''}le="
        total = 0
        marks = self._marks(point)
        for bucket, (count, bound) in enumerate(
            zip(distribution.counts, _bounds(distribution.bounds, divisor), strict=True)
        ):
            total += count
            lines.append(f"{begin}{bound} {total}{marks.get(bucket, '')}\n")
        inside = f"{{{labels}}}" if labels else ""
        lines.append(f"{name}_sum{inside} {distribution.total / divisor!r}\n{name}_count{inside} {total}\n")

    def _marks(self, point: HistogramPoint) -> dict[int, str]:
        if self._exemplars == "always_off":
            return {}
        return {
            bucket: self._mark(one, point.divisor) for bucket, one in enumerate(point.exemplars) if one is not None
        }  # fmt: skip

    def _mark(self, example: Exemplar, divisor: int) -> str:
        if self._exemplars == "always_off" or (self._exemplars == "trace_based" and not example.sampled):
            return ""
        ids = f'trace_id="{example.trace_id}",span_id="{example.span_id}"'
        return f" # {{{ids}}} {example.value / divisor!r} {example.time_ns / 1e9:.3f}"

    def parts(self) -> Iterator[bytes]:
        """Give the families one after the other, in parts, and the end."""
        yield self._target().encode()
        for name, lines in self._families.items():
            if lines:
                yield self._head(CATALOGUE[name]).encode()
            for start in range(0, len(lines), _LINES):
                yield "".join(lines[start : start + _LINES]).encode()
        if self._is_open:
            yield b"# EOF\n"

    def _head(self, metric: Metric) -> str:
        family = metric.prometheus_family if self._is_open else metric.prometheus_name
        head = f"# HELP {family} {metric.meaning}\n# TYPE {family} {_TYPES[metric.kind]}\n"
        if self._is_open and metric.prometheus_unit:
            head += f"# UNIT {family} {metric.prometheus_unit}\n"
        return head

    def _target(self) -> str:
        kind = "# TYPE target info" if self._is_open else "# TYPE target_info gauge"
        family = "target" if self._is_open else "target_info"
        attributes = tuple((key, label(value)) for key, value in self._resource.items())
        return f"# HELP {family} who is measured\n{kind}\ntarget_info{{{_labels(attributes)}}} 1\n"


def _labels(attributes: Attributes) -> str:
    """Write attributes as labels; where two keys become one name, the first counts."""
    return ",".join([f'{_label_name(key)}="{_escape(value)}"' for key, value in attributes])


def _escape(value: str) -> str:
    return value.translate(_ESCAPED) if '"' in value or "\\" in value or "\n" in value else value


@cache
def _label_name(key: str) -> str:
    return prometheus_name(key)


@cache
def _bounds(bounds: tuple[int, ...], divisor: int) -> tuple[str, ...]:
    return (*(f'"{bound / divisor!r}"}}' for bound in bounds), '"+Inf"}')
