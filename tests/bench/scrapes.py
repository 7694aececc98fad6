"""What metrics of 5,000 channels with traffic cost: read, written for Prometheus, encoded for OTLP."""

from __future__ import annotations

import asyncio
import time

from asyncwatch.outlets.otlp.metric_encoding import MetricEncoder
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.serve.health import Scrapes
from asyncwatch.telemetry.measuring.readings import Readings
from asyncwatch.telemetry.measuring.walk import Measuring
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of
from unit.tracing.build import make_batch, sampled_headers

_CHANNELS = 5_000
_TURNS = 3


def scrape_rows() -> dict[str, float]:
    """Give CPU time in ms, and the longest that the event loop was held; the best of some turns."""
    measuring = _measuring()
    settle_garbage()
    scrapes = Scrapes(measuring.pieces, {"service.name": "asyncwatch"}, "trace_based")
    told = [asyncio.run(_scrape(scrapes)) for _ in range(_TURNS)]
    return {
        "scrape of 5,000 channels, ms": min(cost for cost, _ in told),
        "event loop held by a scrape, ms": min(held for _, held in told),
        "OTLP metrics of 5,000 channels, ms": min(_encode(measuring) for _ in range(_TURNS)),
    }


def _measuring() -> Measuring:
    channels = "\n".join(
        f"  c{number}: {{address: orders.{number}, messages: {{Order: {{payload: {{type: object}}}}}}}}"
        for number in range(_CHANNELS)
    )
    plan = plan_of(kafka_document(channels))
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    pump = make_pump(plan, ledger, [])
    for number in range(_CHANNELS):
        batch = make_batch(sampled_headers(8))
        batch.server, batch.filter = "production", f"orders.{number}"
        pump.take(batch)
    return Measuring(ledger, Readings, lambda: None)


async def _scrape(scrapes: Scrapes) -> tuple[float, float]:
    began_s = time.process_time()
    task = asyncio.create_task(scrapes.scrape("openmetrics"))
    held_s = 0.0
    while not task.done():
        before_s = time.perf_counter()
        await asyncio.sleep(0)
        held_s = max(held_s, time.perf_counter() - before_s)
    return (time.process_time() - began_s) * 1e3, held_s * 1e3


def _encode(measuring: Measuring) -> float:
    began_s = time.process_time()
    encoder = MetricEncoder(BASE_NS, BASE_NS, 0, "trace_based")
    for points in measuring.pieces():
        for point in points:
            encoder.add(point)
    for _ in encoder.requests(3 << 20):
        pass
    return (time.process_time() - began_s) * 1e3
