"""Three documents of two NATS servers: each address is read once and judged by all that describe it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from acceptance.commands import asyncwatch
from servers.nats import NatsServer
from servers.nats_services import Sent, make_stream, publish, service, wait_stored

pytestmark = [pytest.mark.nats, pytest.mark.slow]

SHOP = """
asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
servers: {production: {host: 'FIRST', protocol: nats}}
channels:
  orders:
    address: several.{region}.created
    parameters: {region: {enum: [eu, us], location: $message.payload#/region}}
    messages: {Created: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}}
"""
BILLING = """
asyncapi: 3.0.0
info: {title: Billing, version: 1.0.0}
servers: {live: {host: 'FIRST', protocol: nats}}
channels:
  bills:
    address: several.{area}.created
    parameters: {area: {enum: [eu, us], location: $message.payload#/region}}
    messages: {Created: {payload: {type: object, required: [id], properties: {id: {type: string}}}}}
  unknown: {address: null}
"""
ELSEWHERE = SHOP.replace("FIRST", "SECOND").replace("title: Shop", "title: Elsewhere")


async def fill(server: NatsServer, sent: dict[str, list[dict]]) -> None:
    async with service(server.bootstrap) as client:
        await make_stream(client, "several", ["several.*.created"])
        for region, payloads in sent.items():
            bodies = [Sent(json.dumps(one).encode()) for one in payloads]
            await publish(client, f"several.{region}.created", bodies)
        await wait_stored(client, "several", sum(map(len, sent.values())))


def test_each_address_is_read_once_and_judged_by_every_document(nats: NatsServer, tmp_path: Path):
    second = NatsServer(tmp_path / "second")
    second.start()
    try:
        asyncio.run(
            fill(nats, {"eu": [{"id": 1, "region": "eu"}, {"id": "b", "region": "us"}, {}], "mars": [{"id": 2}]})
        )
        asyncio.run(fill(second, {"eu": [{"id": 7}]}))
        paths = []
        for name, text in (("shop", SHOP), ("billing", BILLING), ("elsewhere", ELSEWHERE)):
            paths.append(tmp_path / f"{name}.yaml")
            paths[-1].write_text(text.replace("FIRST", nats.bootstrap).replace("SECOND", second.bootstrap))
        report = tmp_path / "report.json"
        done = asyncwatch("check", *paths, "--since", "earliest", "--until-end", "--format", "json", "-o", report)
    finally:
        second.stop()
    assert done.code == 1, done.stderr
    found = json.loads(report.read_text())
    assert [(one["server"], one["state"]) for one in found["servers"]] == [
        ("production", "connected"),
        ("production-2", "connected"),
    ]
    assert found["messages"] | {"ambiguous": 0} == found["messages"]
    assert (found["messages"]["total"], found["messages"]["valid"], found["messages"]["invalid"]) == (5, 4, 1)
    rows = {(one["server"], one["channel"]): (one["document"], one["messages"]["total"]) for one in found["channels"]}
    assert rows == {
        ("production", "orders"): (str(paths[0]), 3), ("production", "bills"): (str(paths[1]), 1),
        ("production-2", "orders"): (str(paths[2]), 1),
    }  # fmt: skip
    rules = sorted((one["rule"], one["keyword"], one["count"]) for one in found["findings"])
    assert rules == [
        ("channel.parameter", "enum", 1), ("channel.parameter", "location", 1), ("payload.schema", "required", 1),
    ]  # fmt: skip
    assert "the schema of the payload of message 'Created' here and at" in done.stderr
    assert "the second is called 'production-2' here" in done.stderr
