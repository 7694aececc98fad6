"""Spans and events read back from a receiver of another make, over every protocol."""

from __future__ import annotations

import asyncio

import pytest

from asyncwatch.config.settings import OtlpSettings, ResourceSettings, TracingSettings
from asyncwatch.outlets.otlp import EventOutlet, SpanOutlet
from servers.rotel import RotelServer
from unit.tracing.build import BREAKS_SCHEMA, SPAN, make_batch, make_route, observe

pytestmark = [pytest.mark.rotel, pytest.mark.slow]

ORIGIN = b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01"
TRACES = {"http/protobuf": "1" * 32, "http/json": "2" * 32, "grpc": "3" * 32}


@pytest.fixture(scope="module")
def log_rotel(rotel, tmp_path_factory):
    """A second receiver, which prints log records."""
    server = RotelServer(tmp_path_factory.mktemp("rotel-logs"), "logs")
    try:
        server.start()
        yield server
    finally:
        server.stop()


def settings_for(server: RotelServer, protocol: str) -> OtlpSettings:
    endpoint = f"http://127.0.0.1:{server.grpc_port}" if protocol == "grpc" else server.bootstrap
    return OtlpSettings(endpoint, protocol=protocol, linger_s=0.0)


def violating(trace: str):
    parent = f"00-{trace}-{SPAN}-01".encode()
    headers = [("traceparent", parent), ("tracestate", b"vendor=abc"), ("ce_traceparent", ORIGIN)]
    obs = observe(make_batch([headers]), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    return obs


async def printed(server: RotelServer, trace: str, wanted: list[str]) -> None:
    """Wait until everything stands in what was printed from the trace's id on."""
    async with asyncio.timeout(10):
        while missing := [text for text in wanted if text not in server.received().partition(trace)[2]]:
            assert missing
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("protocol", TRACES)
async def test_spans_links_events_and_attributes_reach_a_real_receiver(rotel, protocol):
    trace = TRACES[protocol]
    outlet = SpanOutlet(settings_for(rotel, protocol), TracingSettings(service=f"bus {trace}"))
    outlet.offer(violating(trace))
    assert await outlet.drain(5) == 0
    assert outlet.statistics().delivered == 1, outlet.statistics()
    await printed(
        rotel, f"bus {trace}",
        [
            trace, SPAN, "transit orders.created", "vendor=abc", "c" * 32, "d" * 16, "ce_origin",
            "asyncwatch.violation", "payload.schema", "messaging.destination.partition.id", "orders.created.3.41",
        ],
    )  # fmt: skip


@pytest.mark.parametrize("protocol", TRACES)
async def test_events_reach_a_real_receiver(log_rotel, protocol):
    trace = TRACES[protocol]
    outlet = EventOutlet(settings_for(log_rotel, protocol), ResourceSettings(instance_id=f"one {trace}"))
    outlet.offer(violating(trace))
    assert await outlet.drain(5) == 0
    assert outlet.statistics().delivered == 1, outlet.statistics()
    await printed(
        log_rotel, f"one {trace}",
        [
            "/amount is a string, number expected", "payload.schema", "ERROR", trace, SPAN, "orders.created.3.41",
            "asyncwatch.violation.path", "urn:example:orders",
        ],
    )  # fmt: skip
