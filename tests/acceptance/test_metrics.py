"""Metrics as an operator gets them: scraped while messages come, and sent to a receiver of another make."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from acceptance.commands import Sidecar, asyncwatch, document, sidecar, wait_until
from acceptance.planted import DOCUMENT, PARTITIONS, Books, planted
from acceptance.rotel_metrics import read_points
from servers.flood import flood
from servers.kafka_admin import Sent, create_topic, send
from servers.kafka_consumers import commit_for
from servers.rotel import RotelServer

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

MESSAGES = 200_000
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def values(families, name, *labels, **wanted):
    """Add up a metric's samples by some labels."""
    found = {}
    for family in families:
        for one in family.samples:
            if one.name == name and wanted.items() <= one.labels.items():
                place = tuple(one.labels.get(label, "") for label in labels)
                place = place[0] if len(place) == 1 else place
                found[place] = found.get(place, 0) + one.value
    return found


def test_scrapes_under_load_grow_to_the_reports_numbers(kafka, tmp_path):
    books, topic = Books(), "metered.orders"
    asyncio.run(create_topic(kafka.bootstrap, topic, PARTITIONS))
    text = DOCUMENT.replace("BOOTSTRAP", kafka.bootstrap).replace("TOPIC", topic)
    with sidecar(tmp_path, text, "--since", "earliest") as command:
        totals, before = [], {}

        def scrape():
            nonlocal before
            families = list(parse_text(command.scrape()))
            counters = {
                (one.name, tuple(sorted(one.labels.items()))): one.value
                for family in families
                if family.type in {"counter", "histogram"}
                for one in family.samples
            }
            assert not {name for name, value in before.items() if counters.get(name, -1) < value}
            before = counters
            totals.append(sum(values(families, "asyncwatch_messages_total", "asyncwatch_server").values()))
            return totals[-1]

        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(lambda: asyncio.run(flood(kafka.bootstrap, topic, planted(MESSAGES, books))))
            wait_until(lambda: scrape() > 0 and sending.done(), lambda: "the end of sending", command.process)
            sending.result()
        wait_until(lambda: scrape() >= books.sent, lambda: f"{books.sent} messages, not {totals[-1]}", command.process)
        wait_until(
            lambda: next(iter(command.snapshot()["channels"]))["ordering"]["gaps"] >= books.gaps,
            lambda: "the gaps", command.process,
        )  # fmt: skip
        families = list(parse_openmetrics(command.scrape(OPENMETRICS)))
        report = command.snapshot()
    assert len(totals) > 1
    place = {"messaging_destination_name": topic}
    by_result = values(families, "asyncwatch_messages_total", "asyncwatch_validation_result", **place)
    assert by_result == {"valid": books.sent - books.broken, "invalid": books.broken}
    ordering = report["channels"][0]["ordering"]
    classes = values(families, "asyncwatch_sequence_messages_total", "asyncwatch_sequence_class", **place)
    assert classes == {
        "in_order": ordering["in_order"], "out_of_order": books.out_of_order, "duplicate": books.duplicates,
        "conflict": books.conflicts,
    }  # fmt: skip
    assert values(families, "asyncwatch_sequence_gaps_total", **place) == {(): books.gaps}
    rules = values(families, "asyncwatch_violations_total", "error_type", **place)
    told = Counter()
    for one in report["findings"]:  # those beyond what is explained a second stand in a group of their own
        told[one["rule"]] += one["count"]
    assert rules == told
    sizes = values(families, "asyncwatch_message_body_size_bytes_sum", **place)
    assert sizes == {(): report["channels"][0]["bytes"]}
    states = values(families, "asyncwatch_server_state", "asyncwatch_server_state", asyncwatch_server="production")
    assert {state for state, value in states.items() if value} == {"connected"}


def ask(command, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{command.health_port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_probes_tell_life_readiness_and_missing_taps(kafka, tmp_path):
    topic = "probed.orders"
    asyncio.run(create_topic(kafka.bootstrap, topic))
    text = document(kafka.bootstrap, topic).replace(
        "channels:", "  away: {host: '127.0.0.1:1', protocol: kafka}\nchannels:"
    )
    with sidecar(tmp_path, text) as command:
        assert ask(command, "/healthz") == (200, "ok\n")
        assert ask(command, "/readyz")[0] == 200
        status, body = ask(command, "/readyz?taps")
        assert (status, [one["server"] for one in json.loads(body)["missing"]]) == (503, ["away"])
        assert ask(command, "/api/v1/snapshot")[0] == 404


def test_two_workers_are_scraped_as_one_and_a_worker_that_dies_takes_no_count_with_it(kafka, tmp_path):
    books, topic = Books(), "metered.workers"
    asyncio.run(create_topic(kafka.bootstrap, topic, PARTITIONS))
    asyncio.run(flood(kafka.bootstrap, topic, planted(20_000, books, gaps=0, duplicates=0, conflicts=0, swaps=0)))
    text = DOCUMENT.replace("BOOTSTRAP", kafka.bootstrap).replace("TOPIC", topic)
    place = {"messaging_destination_name": topic}
    with sidecar(tmp_path, text, "--since", "earliest", "--workers", "2") as command:

        def results():
            families = list(parse_text(command.scrape()))
            return values(families, "asyncwatch_messages_total", "asyncwatch_validation_result", **place)

        wanted = {"valid": books.sent - books.broken, "invalid": books.broken}
        wait_until(lambda: results() == wanted, lambda: f"{wanted}, not {results()}", command.process)
        assert ask(command, "/readyz?taps")[0] == 200
        children = subprocess.run(
            ["pgrep", "-P", str(command.process.pid)], capture_output=True, text=True
        ).stdout.split()
        os.kill(int(children[-1]), signal.SIGKILL)
        wait_until(lambda: "ended" in command.stderr, lambda: "the end of a worker", command.process)
        assert results() == wanted
        more = Books()
        asyncio.run(flood(kafka.bootstrap, topic, planted(1_000, more, gaps=0, duplicates=0, conflicts=0, swaps=0)))
        both = {"valid": wanted["valid"] + more.sent - more.broken, "invalid": wanted["invalid"] + more.broken}
        wait_until(lambda: results() == both, lambda: f"{both}, not {results()}", command.process)


def test_lag_of_a_group_stands_in_the_metrics_under_both_names(kafka, tmp_path):
    topic = "metered.lag"
    asyncio.run(create_topic(kafka.bootstrap, topic))
    asyncio.run(send(kafka.bootstrap, topic, [Sent(b'{"id":1}')] * 5))
    asyncio.run(commit_for(kafka.bootstrap, ["billing-metered"], topic, 2))
    granular = {"ASYNCWATCH_LAG__GRANULARITY": "partition"}
    with Sidecar(tmp_path, document(kafka.bootstrap, topic), env=granular) as command:
        command.wait_state("connected")
        found = []

        def told(name, *labels, **wanted):
            found[:] = list(parse_text(command.scrape()))
            return values(found, name, *labels, **wanted)

        own = {"messaging_consumer_group_name": "billing-metered"}
        wait_until(
            lambda: told("asyncwatch_lag_messages", "messaging_destination_name", **own) == {topic: 3},
            command.scrape, command.process,
        )  # fmt: skip
        kafkas = {"group": "billing-metered", "topic": topic}
        assert values(found, "kafka_consumer_group_lag_sum_ratio", **kafkas) == {(): 3}
        assert values(found, "kafka_consumer_group_lag_ratio", "partition", **kafkas) == {"0": 3}
        assert values(found, "kafka_consumer_group_offset_ratio", "partition", **kafkas) == {"0": 2}
        statuses = values(found, "asyncwatch_lag_status", "asyncwatch_lag_status", **own)
        assert sum(statuses.values()) == 1


def test_taken_ports_and_a_missing_document_are_told_together(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [one.getsockname()[1], other.getsockname()[1]]
        done = asyncwatch(
            "run", tmp_path / "none.yaml", "--listen", f"127.0.0.1:{ports[0]}", "--health", f"127.0.0.1:{ports[1]}"
        )
    assert done.code == 2
    for text in (
        f"127.0.0.1:{ports[0]}",
        "--listen HOST:PORT",
        f"127.0.0.1:{ports[1]}",
        "--health HOST:PORT",
        "none.yaml",
    ):
        assert text in done.stderr


@pytest.mark.rotel
def test_metrics_reach_a_receiver_of_another_make(kafka, tmp_path):
    books, topic = Books(), "sent.metrics"
    asyncio.run(create_topic(kafka.bootstrap, topic, PARTITIONS))
    asyncio.run(flood(kafka.bootstrap, topic, planted(10_000, books, gaps=0, duplicates=0, conflicts=0, swaps=0)))
    spec = tmp_path / "document.yaml"
    spec.write_text(DOCUMENT.replace("BOOTSTRAP", kafka.bootstrap).replace("TOPIC", topic))
    folder = tmp_path / "rotel"
    folder.mkdir()
    receiver = RotelServer(folder, "metrics")
    receiver.start()
    try:
        done = asyncwatch(
            "check", spec, "--since", "earliest", "--until-end", "--log-level", "warning",
            env={
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": receiver.bootstrap, "OTEL_SERVICE_NAME": "watcher-of-orders",
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
            },
        )  # fmt: skip
        assert done.code == 1, done.stderr
        # The sidecar's own memory is measured always, and its point stands behind the others.
        wait_until(lambda: "process.memory.usage" in receiver.received().partition("Value")[2], receiver.received)
        resource, points = read_points(receiver.received())
    finally:
        receiver.stop()
    assert "not delivered" not in done.stderr
    assert resource["service.name"] == "watcher-of-orders"
    assert resource["deployment.environment.name"] == "test"
    assert resource["service.instance.id"]
    own = [one for one in points if one.attributes.get("messaging.destination.name") == topic]
    results = {
        one.attributes["asyncwatch.validation.result"]: one.value for one in own if one.metric == "asyncwatch.messages"
    }
    assert results == {"valid": books.sent - books.broken, "invalid": books.broken}
    sizes = [one.value for one in own if one.metric == "asyncwatch.message.body.size"]
    assert sizes == [books.sent]
    violations = {one.attributes["error.type"]: one.value for one in own if one.metric == "asyncwatch.violations"}
    assert violations == {"payload.schema": books.broken}
