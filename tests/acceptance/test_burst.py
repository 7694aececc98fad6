"""A burst of spans against a receiver that is down: what breaks the contract arrives, the rest is counted exactly."""

import asyncio
import json
import signal
import time
from collections import Counter

import pytest

from acceptance.commands import STOP_S, Sidecar, document
from servers.flood import flood
from servers.kafka_admin import create_topic
from servers.process import free_ports
from unit.outlets.receiver import Receiver

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

CHANNELS = 20
EACH = 7_500
BROKEN_EACH = 30
SPANS = CHANNELS * EACH
VIOLATIONS = CHANNELS * BROKEN_EACH
DOWN_S = 30.0
CAPACITY = 65_536


def burst(channel: int):
    """Give a channel's messages, traced, every 250th with an id of the wrong type."""
    for number in range(EACH):
        broken = number % (EACH // BROKEN_EACH) == 100
        value = b'{"id":"x"}' if broken else b'{"id":%d}' % number
        parent = f"00-{channel + 1:016x}{number + 1:016x}-{number + 1:016x}-01".encode()
        yield 0, b"k", value, [("traceparent", parent)], None


async def until(condition, told, most_s: float = 30.0) -> None:
    end_s = time.monotonic() + most_s
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end_s, told()
        await asyncio.sleep(0.2)


async def test_no_violation_is_lost_and_what_is_dropped_is_counted_exactly(kafka, tmp_path):
    topics = [f"burst.{number:02}" for number in range(CHANNELS)]
    for channel, topic in enumerate(topics):
        await create_topic(kafka.bootstrap, topic)
        assert await flood(kafka.bootstrap, topic, burst(channel)) == EACH
    [receiver_port] = free_ports(1)
    endpoint = f"http://127.0.0.1:{receiver_port}"
    began_s = time.monotonic()
    with Sidecar(
        tmp_path, document(kafka.bootstrap, *topics), "--since", "earliest", "--otlp-endpoint", endpoint
    ) as sidecar:  # fmt: skip

        def outlets() -> dict[str, dict]:
            return {one["name"]: one for one in sidecar.snapshot().get("view", {}).get("outlets", [])}

        await until(lambda: sidecar.total() == SPANS, lambda: f"{sidecar.total()} messages: {sidecar.stderr}")
        spans, events = outlets()["otlp"], outlets()["otlp logs"]
        assert spans["state"] == events["state"] == "down"
        assert (spans["delivered"], spans["dropped"] + spans["queued"]) == (0, SPANS)
        assert CAPACITY <= spans["queued"] <= CAPACITY + 2 * 2048, "what is on its way counts as queued"
        assert (events["delivered"], events["dropped"], events["queued"]) == (0, 0, VIOLATIONS)
        await asyncio.sleep(max(began_s + DOWN_S - time.monotonic(), 0.0))
        receiver = Receiver()
        receiver.port = receiver_port
        async with receiver:
            await until(
                lambda: outlets()["otlp"]["queued"] == outlets()["otlp logs"]["queued"] == 0,
                lambda: f"{outlets()}: {sidecar.stderr}",
            )
            found = outlets()["otlp"]
            snapshot = sidecar.snapshot()
            assert sidecar.signal(signal.SIGTERM) < STOP_S
            assert sidecar.process.returncode == 0
        arrived = Counter(span.span_id for span in receiver.spans())
        broken = {span.span_id for span in receiver.spans() if span.status.code == 2}
        assert len(broken) == VIOLATIONS
        assert set(arrived.values()) == {1}
        assert len(arrived) == found["delivered"]
        assert found["dropped"] == SPANS - len(arrived) == found["reasons"]["queue_full"]
        assert snapshot["sidecar"]["dropped"] == {"spans": found["dropped"], "events": 0}
        assert snapshot["sidecar"]["exported"] == {"spans": len(arrived), "events": VIOLATIONS}
        records = receiver.records()
        assert {record.event_name for record in records} == {"asyncwatch.violation"}
        assert Counter(record.span_id for record in records) == Counter(broken)
    told = [line for line in sidecar.stderr.splitlines() if "dropping" in line]
    assert len(told) == 1, "once, not once a drop"
    print(json.dumps({"arrived": len(arrived), "dropped": found["dropped"], "took_s": time.monotonic() - began_s}))
