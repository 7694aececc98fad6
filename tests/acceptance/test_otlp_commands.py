"""Telemetry as a user asks for it: by the standard variables, over each protocol, from one replay."""

import json

import pytest

from acceptance.commands import asyncwatch, document, wait_until
from acceptance.rotel_log import read_spans

pytestmark = pytest.mark.slow

TIME = "2026-11-23T14:02:11.123456Z"


@pytest.fixture
def replayed(tmp_path):
    """Give a function that replays three traced orders, the second with a broken id."""
    spec, capture = tmp_path / "orders.yaml", tmp_path / "orders.jsonl"
    spec.write_text(document("127.0.0.1:9092", "orders"))

    def replay(trace, *arguments, **environ):
        lines = [
            {
                "address": "orders", "partition": 0, "offset": number, "timestamp": TIME, "payload": payload,
                "headers": [["traceparent", f"00-{trace}-{number + 1:016x}-01"]],
            }
            for number, payload in enumerate(('{"id":1}', '{"id":"canary"}', '{"id":3}'))
        ]  # fmt: skip
        capture.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return asyncwatch("replay", spec, capture, "--format", "json", *arguments, env=environ)

    return replay


@pytest.mark.rotel
@pytest.mark.parametrize(("protocol", "trace"), [("grpc", "4" * 32), ("http/json", "5" * 32)])
def test_the_protocol_is_chosen_by_the_standard_variable(rotel, replayed, protocol, trace):
    port = rotel.grpc_port if protocol == "grpc" else rotel.http_port
    done = replayed(
        trace, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}", OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
        OTEL_METRICS_EXPORTER="none",
    )  # fmt: skip
    assert (done.code, done.lines) == (1, [])
    report = json.loads(done.stdout)
    assert report["sidecar"]["exported"] == {"spans": 3, "events": 1}
    assert report["sidecar"]["dropped"] == {"spans": 0, "events": 0}

    def own():
        return [one for one in read_spans(rotel.received()) if one.trace == trace]

    wait_until(lambda: len(own()) == 3, lambda: f"three spans, not {len(own())}")
    assert [one.status for one in own()].count("ERROR") == 1


def test_signals_are_switched_off_by_the_standard_variables(replayed):
    done = replayed(
        "6" * 32, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_TRACES_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none", OTEL_METRICS_EXPORTER="none",
    )  # fmt: skip
    assert done.code == 1
    assert json.loads(done.stdout)["sidecar"]["exported"] == {"spans": 0, "events": 0}
    [line] = done.lines
    assert "OTEL_TRACES_EXPORTER switches traces off, the endpoint is not used for them" in line


def test_a_report_on_standard_output_is_not_mixed_with_telemetry(replayed):
    done = replayed("7" * 32, OTEL_TRACES_EXPORTER="console")
    assert done.code == 1
    json.loads(done.stdout)
    assert "OTEL_TRACES_EXPORTER=console is ignored" in done.stderr


def test_a_library_or_address_that_cannot_be_used_is_told_at_start(replayed):
    done = replayed(
        "8" * 32, OTEL_EXPORTER_OTLP_ENDPOINT="https://127.0.0.1:1", OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_EXPORTER_OTLP_CERTIFICATE="/no/such.pem",
    )  # fmt: skip
    assert done.code == 2
    assert "cannot read certificates from '/no/such.pem'" in done.stderr
