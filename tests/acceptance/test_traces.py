"""Spans of instrumented services and ours, together in a receiver of another make."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.commands import Running, document, environment, wait_until
from acceptance.rotel_log import read_spans
from servers.kafka import CLUSTER_ID
from servers.kafka_admin import create_topic

pytestmark = [pytest.mark.kafka, pytest.mark.rotel, pytest.mark.slow]

PAYLOADS = ['{"id":1}', '{"id":"secret-of-the-order"}', '{"id":3}']


def trade(kafka, rotel, topic):
    """Let the shop send and take its orders; give the headers of each message by offset."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("shop.py"), kafka.bootstrap, topic, rotel.bootstrap, *PAYLOADS],
        capture_output=True, text=True, timeout=30, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(line) for line in done.stdout.splitlines())


def spans_of(rotel, topic, count):
    """Wait for the spans about a topic."""

    def found():
        return [
            one for one in read_spans(rotel.received()) if one.attributes.get("messaging.destination.name") == topic
        ]

    wait_until(lambda: len(found()) >= count, lambda: f"{count} spans about {topic}, not {len(found())}")
    return found()


def watched(kafka, rotel, folder, topic):
    """Trade beside a check that sends spans; give the headers."""
    asyncio.run(create_topic(kafka.bootstrap, topic))
    spec = folder / "document.yaml"
    spec.write_text(document(kafka.bootstrap, topic))
    endpoint = rotel.bootstrap.removesuffix("/v1/traces")
    with Running(
        folder, "check", spec, "--messages", len(PAYLOADS), "--for", "20s", "--otlp-endpoint", endpoint, "--log-level", "info"
    ) as check:  # fmt: skip
        check.wait_for_line("connected to")
        headers = trade(kafka, rotel, topic)
        assert check.process.wait(20) == 1, check.stderr
    return headers


def test_a_transit_span_stands_under_the_producers_span_and_carries_the_fault(kafka, rotel, tmp_path):
    topic = "traced.orders"
    watched(kafka, rotel, tmp_path, topic)
    spans = spans_of(rotel, topic, 9)
    sent = {one.trace: one for one in spans if one.kind == "PRODUCER"}
    taken = {one.trace: one for one in spans if one.kind == "CONSUMER"}
    transits = {one.trace: one for one in spans if one.kind == "INTERNAL"}
    assert len(spans) == 9
    assert sent.keys() == taken.keys() == transits.keys()
    assert len(sent) == 3
    for trace, transit in transits.items():
        assert transit.name == f"transit {topic}"
        assert transit.parent == sent[trace].id == taken[trace].parent
        assert transit.resource["service.name"] == f"kafka {CLUSTER_ID}"
        assert "shop" not in transit.resource.values()
        assert transit.attributes["messaging.destination.partition.id"] == "0"
        assert "asyncwatch.replay" not in transit.attributes
    by_offset = {one.attributes["messaging.kafka.offset"]: one for one in transits.values()}
    results = [by_offset[offset].attributes["asyncwatch.validation.result"] for offset in ("0", "1", "2")]
    assert results == ["valid", "invalid", "valid"]
    assert [by_offset[offset].status for offset in ("0", "1", "2")] == ["UNSET", "ERROR", "UNSET"]
    broken = by_offset["1"]
    assert broken.attributes["error.type"] == "payload.schema"
    assert broken.fields["Status message"] == "/id is a string, integer expected"
    [event] = broken.events
    assert (event["name"], event["error.type"], event["asyncwatch.violation.path"]) == (
        "asyncwatch.violation", "payload.schema", "/id",
    )  # fmt: skip
    assert not by_offset["0"].events
    assert "secret-of-the-order" not in rotel.received()


def shape(spans, headers, topic):
    """What two runs of the shop have in common: everything but ids, times, and the topic's name."""
    names = {one.id: one.name.replace(topic, "T") for one in spans}
    told = sorted(
        (
            one.name.replace(topic, "T"), one.kind, one.status, names.get(one.parent, one.parent),
            tuple(sorted((key, value.replace(topic, "T")) for key, value in one.attributes.items())),
        )
        for one in spans
    )  # fmt: skip
    carried = {offset: [name for name, _ in pairs] for offset, pairs in headers.items()}
    contexts = {value.split("-")[1] + value.split("-")[2] for pairs in headers.values() for _, value in pairs}
    assert contexts == {one.trace + one.id for one in spans if one.kind == "PRODUCER"}
    return told, carried


def test_services_see_and_send_the_same_with_and_without_asyncwatch(kafka, rotel, tmp_path):
    alone, beside = "traced.alone", "traced.beside"
    asyncio.run(create_topic(kafka.bootstrap, alone))
    headers_alone = trade(kafka, rotel, alone)
    headers_beside = watched(kafka, rotel, tmp_path, beside)
    own_alone = spans_of(rotel, alone, 6)
    own_beside = [one for one in spans_of(rotel, beside, 9) if one.resource["service.name"] == "shop"]
    assert len(own_alone) == len(own_beside) == 6
    assert shape(own_alone, headers_alone, alone) == shape(own_beside, headers_beside, beside)
