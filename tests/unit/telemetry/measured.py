"""A run of many faults, with everything that metrics are read from."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.clock import format_time
from asyncwatch.model.report import LagRow, Report
from asyncwatch.model.view import LagView
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.replay import replay
from asyncwatch.taps.capture import CaptureTap
from asyncwatch.telemetry.measuring.readings import OutletReading, Readings
from asyncwatch.telemetry.measuring.walk import Measuring
from asyncwatch.telemetry.points import HistogramPoint, NumberPoint, Point
from engine import BASE_NS, KEY_HASH, Lines, kafka_document, plan_of

DOCUMENT = kafka_document("""
  orders:
    address: orders
    messages:
      Order:
        bindings: {kafka: {key: {type: string, maxLength: 12}}}
        payload: {type: object, required: [id], properties: {id: {type: integer}, amount: {type: number}}}
  events:
    address: events.{region}
    parameters: {region: {}}
    messages:
      Created: {payload: {type: object, required: [created], properties: {created: {type: string}}}}
      Gone: {payload: {type: object, required: [gone], properties: {gone: {type: boolean}}}}
""")
SECRET = "value-that-stays-here"


def lines(n: int = 400) -> list[dict[str, object]]:
    """Messages with faults of many kinds; of two numbers that are lost one comes after all."""
    found: list[dict[str, object]] = []
    for number in range(n):
        seen_ns = BASE_NS + number * 50_000_000
        sequence = {40: None, 50: None, 60: 61, 61: 60, 70: 69, 300: 30}.get(number, number)
        payload = {20: '{"id":"x"}', 21: "{", 22: None, 23: '{"id":1,"amount":"x"}'}.get(number, '{"id":%d}' % number)
        headers = [] if sequence is None else [["sequence_id", str(sequence)]]
        if number % 3:
            headers.append(["traceparent", f"00-{number + 1:032x}-{number + 7:016x}-{number % 2:02x}"])
        if number == 33:
            headers.append(["traceparent", "nonsense"])
        ahead_ns = {80: 20_000_000_000, 380: -40_000_000_000}.get(number, 0)
        found.append(
            {
                "server": "production", "address": "orders", "partition": 0, "offset": number, "key": SECRET[:10],
                "timestamp": format_time(seen_ns - 1_000_000 * (number % 97) + ahead_ns), "observed": format_time(seen_ns),
                "headers": headers, "payload": payload, "timestamp_source": "producer",
            }
        )  # fmt: skip
        if number % 4 == 0:
            body = json.dumps({"created": SECRET} if number % 8 else {"gone": True})
            found.append(
                {
                    "server": "production", "address": f"events.{number % 5}", "partition": 1, "offset": number,
                    "observed": format_time(seen_ns), "timestamp": format_time(seen_ns - 30_000_000_000),
                    "payload": body, "live": number % 16 != 0,
                }
            )  # fmt: skip
        if number % 50 == 0:
            found.append(
                {
                    "server": "production", "address": f"stray.{number}", "observed": format_time(seen_ns),
                    "payload": "{}",
                }
            )  # fmt: skip
    late_ns = BASE_NS + n * 50_000_000 + 70_000_000_000
    found.append(
        {
            "server": "production", "address": "orders", "partition": 0, "offset": n, "key": SECRET[:10],
            "timestamp": format_time(late_ns), "observed": format_time(late_ns), "headers": [["sequence_id", "40"]],
            "payload": '{"id":40}', "timestamp_source": "producer",
        }
    )  # fmt: skip
    found.append({"end": format_time(BASE_NS + n * 50_000_000 + 120_000_000_000)})
    return found


LAG = [
    LagRow("production", "billing", "orders", None, "", 12, 1.5, "warning", 0.5, 4.0, 86_400.0, 2),
    LagRow("production", "billing", "orders", 0, "", 12, 1.5, "warning", 0.5, 4.0, 86_400.0, 2),
    LagRow("production", "quiet", "events.{region}", None, "", None, None, "unknown", None, None, None, None),
]
LAG_VIEWS = [
    LagView([], None, None, None, None, None, None, 0.25, None, "read"),
    LagView([], 388, 400, None, None, None, None, 0.25, None, "read"),
    LagView([], None, None, None, None, None, None, None, None, None),
]
READINGS = Readings(
    outlets=(
        OutletReading("otlp", "span", "otlp_http", 90, 3, 100, {"queue_full": 5, "timeout": 2}),
        OutletReading("otlp logs", "event", "otlp_grpc", 9, 1, 50, {"rejected": 1}),
        OutletReading("otlp metrics", "data point", "otlp_http", 70, 0, None, {}),
        OutletReading("findings", "finding", "", 8, 2, 10, {"_OTHER": 4}),
    ),
    behind_messages={"production": 17}, behind_s=0.25, cpu_s=1.5, rss_bytes=4096,
)  # fmt: skip


def observe(messages: list[dict[str, object]], document: str = DOCUMENT, piece: int = 20) -> tuple[Report, Ledger]:
    """Replay messages; give the report and the ledger it was made from."""
    plan = plan_of(document)
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    ledger.servers["production"].change("connected", 0)
    encoded = [json.dumps(one).encode() + b"\n" for one in messages]
    tap = CaptureTap(Lines(encoded, piece), list(plan.servers), lambda file, line, reason: None)
    filters = {one.id: one for found in plan.filters.values() for one in found}
    ordered = sorted(filters.values(), key=lambda one: one.pattern is not None)
    report = asyncio.run(replay(tap, ordered, make_pump(plan, ledger, []), ledger, []))
    ledger.servers["production"].missed = 4
    return report, ledger


def measuring_of(ledger: Ledger) -> Measuring:
    return Measuring(ledger, lambda: READINGS, lambda: (LAG, LAG_VIEWS), by_partition=True)


def points_of(measuring: Measuring) -> list[Point]:
    return [point for piece in measuring.pieces() for point in piece]


def numbers(points: list[Point], name: str, *keys: str) -> dict[tuple[str, ...] | str, float]:
    """Add up a metric's values by some of its attributes."""
    found: Counter[tuple[str, ...] | str] = Counter()
    for point in points:
        if point.metric.name == name:
            attributes = dict(point.attributes)
            place = tuple(attributes.get(key, "") for key in keys)
            value = point.value if isinstance(point, NumberPoint) else point.distribution.count
            found[place[0] if len(place) == 1 else place] += value
    return dict(found)


def histogram(points: list[Point], name: str, **attributes: str) -> HistogramPoint:
    """Give the one histogram that has some attributes."""
    (found,) = [
        one
        for one in points
        if isinstance(one, HistogramPoint)
        and one.metric.name == name
        and attributes.items() <= {key.replace(".", "_"): value for key, value in one.attributes}.items()
    ]
    return found
