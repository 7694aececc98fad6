"""Spans read back from a receiver of another make."""

from __future__ import annotations

import asyncio

import pytest

from asyncwatch.config.settings import OtlpSettings, TracingSettings
from asyncwatch.outlets.otlp import SpanOutlet
from unit.tracing.build import BREAKS_SCHEMA, SAMPLED, SPAN, TRACE, make_batch, make_route, observe

ORIGIN = b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01"


@pytest.mark.rotel
async def test_spans_links_events_and_attributes_reach_a_real_receiver(rotel):
    headers = [("traceparent", SAMPLED), ("tracestate", b"vendor=abc"), ("ce_traceparent", ORIGIN)]
    obs = observe(make_batch([headers]), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    outlet = SpanOutlet(OtlpSettings(rotel.bootstrap, linger_s=0.0), TracingSettings(service="orders-bus"))
    outlet.offer(obs)
    assert await outlet.drain(5) == 0
    assert outlet.statistics().delivered == 1
    wanted = [
        "orders-bus", TRACE, SPAN, "transit orders.created", "vendor=abc", "c" * 32, "d" * 16, "ce_origin",
        "asyncwatch.violation", "payload.schema", "messaging.destination.partition.id", "orders.created.3.41",
    ]  # fmt: skip
    async with asyncio.timeout(5):
        while missing := [text for text in wanted if text not in rotel.received()]:
            await asyncio.sleep(0.05)
    assert missing == []
