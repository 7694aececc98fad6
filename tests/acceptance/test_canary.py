"""Marked values in payloads, keys, headers and addresses: none of them stands in anything that asyncwatch gives away."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from acceptance.canaries import DOCUMENT, MARK, NAMES, NUMBER, lines, marks_in
from acceptance.commands import Running, Sidecar, asyncwatch, wait_until
from acceptance.receivers import keeping_receiver
from acceptance.terminal import terminal
from asyncwatch.cli.fail_on import compile_fail_on
from asyncwatch.cli.formats import FORMATS
from asyncwatch.contract.locate import DocumentLines
from engine import judge_by, plan_of
from servers.nats import NatsServer
from servers.nats_services import Sent, publish, service

pytestmark = pytest.mark.slow


def is_clean(place: str, text: bytes) -> None:
    assert text, f"{place}: nothing was looked at"
    found = marks_in(text)
    if found:
        spot = text.lower().find(MARK.lower().encode())
        pytest.fail(f"{place}: {found} … {text[max(spot - 300, 0) : spot + 100]!r}")


@pytest.mark.parametrize(
    "text",
    [
        MARK.encode(), MARK.upper().encode(), base64.b64encode(b"x" + MARK.encode()), MARK.encode().hex().encode(),
        b'{"a":%d}' % NUMBER, MARK.encode("utf-16"), base64.b64encode(b"xx" + MARK.encode()), base64.b64encode(MARK.encode()),
    ],
)  # fmt: skip
def test_a_mark_is_found_however_it_is_spelled(text):
    assert marks_in(b"before " + text + b" after")


def test_a_report_in_any_form_holds_no_marked_value():
    plan = plan_of(DOCUMENT)
    report = judge_by(plan, lines())
    assert report.messages.invalid > 50
    assert report.messages.undecodable > 50
    assert len({one.rule for one in report.findings}) >= 8
    for name, write in FORMATS.items():
        is_clean(name, write(report, [], compile_fail_on(None), False, DocumentLines(plan.contracts)).encode())


def test_a_replay_gives_no_marked_value_away(tmp_path: Path):
    spec, capture, findings = tmp_path / "document.yaml", tmp_path / "capture.jsonl", tmp_path / "findings.jsonl"
    spec.write_text(DOCUMENT)
    capture.write_text("".join(json.dumps(one) + "\n" for one in lines()))
    with keeping_receiver() as (url, kept):
        done = asyncwatch(
            "replay", spec, capture, "--format", "text", "--findings", findings, "--log-level", "debug",
            "--log-format", "json", "--otlp-endpoint", url, env={"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
        )  # fmt: skip
    assert done.code == 1, done.stderr
    is_clean("report", done.stdout.encode())
    is_clean("findings", findings.read_bytes())
    assert not marks_in(done.stderr.encode()), done.stderr
    assert {path for path, _ in kept} >= {"/v1/traces", "/v1/logs"}
    for path, body in kept:
        is_clean(path, body)


def on_nats(server: NatsServer) -> str:
    """Describe the same messages on addresses with a parameter that is marked."""
    parameters = "parameters: {customer: {enum: [known]}}"
    document = re.sub(r"address: (\w+),", rf"address: 'canary.{{customer}}.\1', {parameters},", DOCUMENT)
    document = re.sub(r"address: (\w+)\n", rf"address: 'canary.{{customer}}.\1'\n    {parameters}\n", document)
    return document.replace("127.0.0.1:9092", server.bootstrap).replace("protocol: kafka", "protocol: nats")


def sent(line: Mapping[str, object]) -> Sent:
    headers = []
    for name, value in line["headers"]:  # type: ignore[misset,attr-defined] # as lines() makes them
        headers.append((name, base64.b64decode(value["base64"]) if isinstance(value, dict) else value.encode()))
    return Sent(base64.b64decode(line.get("payload_base64") or b""), headers)  # type: ignore[arg-type]


@pytest.mark.nats
def test_a_sidecar_and_its_dashboard_give_no_marked_value_away(nats: NatsServer, tmp_path: Path):
    findings = tmp_path / "findings.jsonl"
    by_name = {name: [sent(one) for one in lines() if one["address"] == name] for name in NAMES}
    total = sum(map(len, by_name.values()))

    async def send() -> None:
        async with service(nats.bootstrap) as client:
            for name, messages in by_name.items():
                await publish(client, f"canary.{MARK}.{name}", messages)

    with (
        keeping_receiver() as (url, kept),
        Sidecar(
            tmp_path, on_nats(nats), "--findings", findings, "--log-level", "debug", "--otlp-endpoint", url,
            env={"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_METRIC_EXPORT_INTERVAL": "1000"},
        ) as sidecar,
    ):  # fmt: skip
        sidecar.wait_state("connected")
        base = f"http://127.0.0.1:{sidecar.port}"
        plain_folder = tmp_path / "plain"
        plain_folder.mkdir()
        with urllib.request.urlopen(f"{base}/api/v1/stream", timeout=5) as stream, Running(plain_folder, "attach", base, "--plain") as plain:  # fmt: skip
            wait_until(lambda: bool(plain.stdout), lambda: f"lines of attach: {plain.stderr}", plain.process)
            asyncio.run(send())
            sidecar.wait_total(total)
            streamed = b""
            while b"event: finding" not in streamed or b"event: change" not in streamed:
                streamed += stream.read1(65_536)
            wait_until(lambda: "payload.schema" in plain.stdout, lambda: plain.stdout, plain.process)
        is_clean("stream", streamed)
        is_clean("attach --plain", plain.stdout.encode())
        snapshot = sidecar.snapshot()
        assert {one["rule"] for one in snapshot["findings"]} >= {
            "payload.schema",
            "channel.parameter",
            "headers.schema",
        }
        is_clean("snapshot", json.dumps(snapshot, ensure_ascii=False).encode())
        for path in (
            "findings",
            "traces",
            "document",
            *(f"findings/{one['fingerprint']}" for one in snapshot["findings"]),
        ):
            is_clean(path, json.dumps(sidecar.get(f"/api/v1/{path}"), ensure_ascii=False).encode())
        is_clean("metrics", sidecar.scrape().encode())
        with terminal("attach", base, columns=120, rows=36) as shown:
            shown.wait_for(r"Channels", r"json", within_s=15)
            shown.type("2")
            shown.wait_for(r"payload\.schema", within_s=20)
            is_clean("dashboard", shown.screen().encode())
            is_clean("dashboard", shown.raw)
        sidecar.signal(signal.SIGTERM)
        deadline_s = time.monotonic() + 5
        while {path for path, _ in kept} < {"/v1/traces", "/v1/logs", "/v1/metrics"} and time.monotonic() < deadline_s:
            time.sleep(0.05)
    is_clean("findings file", findings.read_bytes())
    is_clean("log", sidecar.stderr.encode())
    assert {path for path, _ in kept} == {"/v1/traces", "/v1/logs", "/v1/metrics"}
    for path, body in kept:
        is_clean(path, body)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    for path in left:
        assert not marks_in(path.read_bytes()), path
