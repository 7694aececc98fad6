"""A NATS server watched as its users watch it: streams, work queues and plain subjects in one document."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from acceptance.commands import asyncwatch, check, sidecar, wait_until
from servers.nats import NatsServer
from servers.nats_services import Sent, inventory, make_stream, publish, service, wait_stored

pytestmark = [pytest.mark.nats, pytest.mark.slow]

DOCUMENT = """
asyncapi: 3.0.0
info: {title: Shop on NATS, version: 1.0.0}
defaultContentType: application/json
servers:
  production: {host: BOOTSTRAP, protocol: nats}
channels:
  created:
    address: PREFIX.{region}.created
    parameters: {region: {}}
    x-asyncwatch: {sequence: {location: "$message.header#/sequence_id", key: "$message.payload#/shop"}}
    messages:
      Created:
        headers:
          type: object
          additionalProperties: false
          required: [sequence_id]
          properties: {sequence_id: {type: integer}}
        payload: {type: object, required: [id], properties: {id: {type: integer}, shop: {type: string}}}
  jobs: {address: PREFIX.jobs, messages: {Job: {payload: {type: object}}}}
  plain: {address: PREFIX.plain, messages: {Event: {payload: {type: object}}}}
  price: {address: PREFIX.price, messages: {Ask: {payload: {type: object}}}}
  absent: {address: PREFIX.absent, messages: {Never: {payload: {type: object}}}}
operations:
  answer: {action: receive, channel: {$ref: '#/channels/price'}, reply: {}}
"""


def described(server: NatsServer, prefix: str) -> str:
    return DOCUMENT.replace("BOOTSTRAP", f"'{server.bootstrap}'").replace("PREFIX", prefix)


def order(number: int, **more: object) -> Sent:
    headers = [("sequence_id", b"%d" % number), ("Nats-Msg-Id", b"%d" % number), ("traceparent", b"00-zz")]
    return Sent(json.dumps({"id": number, "shop": "a"} | more).encode(), headers)


def faults(report: dict) -> set[tuple[str, str | None, int]]:
    return {(one["rule"], one["fingerprint"], one["count"]) for one in report["findings"]}


def test_check_capture_and_replay_agree(nats: NatsServer, tmp_path: Path):
    async def send() -> None:
        async with service(nats.bootstrap) as client:
            await make_stream(client, "shop", ["shop.*.created"])
            await make_stream(client, "shop-jobs", ["shop.jobs"], retention="workqueue")
            orders = [order(number) for number in range(1, 100) if number not in {20, 21}]
            await publish(client, "shop.eu.created", [*orders, order(100, id="text")])
            await publish(client, "shop.us.created", [order(101)])
            await publish(client, "shop.jobs", [Sent(b"{}")] * 5)
            await wait_stored(client, "shop", 99)
            await wait_stored(client, "shop-jobs", 5)

    asyncio.run(send())
    before = asyncio.run(inventory(nats))
    document = described(nats, "shop")
    began_s = time.monotonic()
    live = check(tmp_path, document, "--since", "earliest", "--until-end")
    assert time.monotonic() - began_s < 10
    assert live.code == 1
    assert live.messages == {"total": 104, "valid": 103, "invalid": 1}
    counts = live.counts()
    assert (counts["payload.schema"], counts["context.invalid"]) == (1, 99)
    assert not {"headers.schema", "channel.missing"} & set(counts)
    rows = {row["channel"]: row for row in live.report["channels"]}
    assert rows["created"]["ordering"]["gaps"] == 1
    assert rows["created"]["ordering"]["missing"] + rows["created"]["ordering"]["lost"] == 2
    assert live.report["servers"][0]["protocol"] == "nats"
    assert any("subject shop.price: carries requests" in one for one in live.report["servers"][0]["rights_missing"])
    assert asyncio.run(inventory(nats)) == before

    capture = tmp_path / "capture.jsonl"
    done = asyncwatch(
        "capture", tmp_path / "document.yaml", "-o", capture, "--values", "--since", "earliest", "--until-end"
    )
    assert done.code == 0, done.stderr
    lines = [json.loads(line) for line in capture.read_text().splitlines()]
    first = next(line for line in lines if line.get("address") == "shop.us.created")
    assert first["properties"] == {"stream": "shop", "sequence": 99}
    assert (first["offset"], first["timestamp_source"], "partition" in first) == (99, "broker", False)
    report = tmp_path / "replayed.json"
    asyncwatch("replay", tmp_path / "document.yaml", capture, "--format", "json", "-o", report)
    replayed = json.loads(report.read_text())
    assert replayed["messages"] == live.report["messages"]
    assert faults(replayed) == faults(live.report)
    assert replayed["coverage"] == live.report["coverage"]
    assert replayed["coverage"]["fields"] == {"documented": 3, "seen": 3}


def test_a_sidecar_lives_through_a_restart_of_the_server(tmp_path: Path):
    server = NatsServer(tmp_path / "server")
    server.start()

    async def send(numbers: range, *, new: bool = False) -> None:
        async with service(server.bootstrap) as client:
            if new:
                await make_stream(client, "live", ["live.*.created"])
            await publish(client, "live.eu.created", [order(number) for number in numbers])
            await publish(client, "live.plain", [Sent(b"{}")] * len(numbers))

    try:
        asyncio.run(send(range(0), new=True))
        with sidecar(tmp_path, described(server, "live")) as command:
            wait_until(
                lambda: command.server().get("creates", []) != [], lambda: "what is on the broker", command.process
            )
            [made] = command.server()["creates"]
            assert re.fullmatch(r"consumer asyncwatch-\w+ on stream live", made)
            asyncio.run(send(range(1, 11)))
            command.wait_total(20)
            server.kill()
            wait_until(
                lambda: command.server().get("state") == "reconnecting", lambda: "a lost connection", command.process
            )
            server.start()
            asyncio.run(send(range(11, 16)))
            command.wait_state("connected")
            asyncio.run(send(range(16, 21)))
            wait_until(
                lambda: any(row["channel"] == "created" and row["messages"]["total"] == 20
                            for row in command.snapshot()["channels"]),
                lambda: f"20 messages of the stream: {command.snapshot()}", command.process,
            )  # fmt: skip
            wait_until(lambda: command.server()["blind"] != [], lambda: "a blind span", command.process)
            row = command.server()
            rows = {one["channel"]: one for one in command.snapshot()["channels"]}
        assert row["breaks"] == 1
        assert "the connection was lost" in {one["reason"] for one in row["blind"]}
        assert rows["created"]["ordering"]["gaps"] == 0
        # Of the five that were sent to the plain subject while nobody listened, none can have come.
        assert rows["plain"]["messages"]["total"] in range(15, 21)
    finally:
        server.stop()
