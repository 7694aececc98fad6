"""Documents as their producers really write them run: valid ones, and those that the official parser refuses."""

from __future__ import annotations

import json

import pytest

from acceptance.commands import asyncwatch

CREATED = {"type": "order.created", "id": 1, "sku": "ABC-1", "at": "2026-11-23T14:02:11Z"}
CANCELLED = {"type": "order.cancelled", "id": 1}
INVOICE = {"order_id": 1, "total": 9.5}
FASTSTREAM = {
    "kafka-3.0.0": {"orders": [("orders", CREATED), ("orders", CANCELLED)], "invoices": [("invoices", INVOICE)]},
    "rabbit-3.0.0": {"order.*": [("order.created", CREATED), ("order.gone", CANCELLED)], "invoices": [("invoices", INVOICE)]},
    "redis-3.0.0": {
        "orders.created": [("orders.created", CREATED)], "orders-stream": [("orders-stream", CANCELLED)],
        "jobs": [("jobs", INVOICE)], "invoices.new": [("invoices.new", INVOICE)],
    },
    "nats-2.6.0": {
        "orders.cancelled": [("orders.cancelled", CANCELLED)], "invoices.new": [("invoices.new", INVOICE)],
        "orders.{region}.created": [("orders.eu.created", CREATED), ("orders.us.created", CREATED)],
    },
}  # fmt: skip
"""What the services that these documents were made of send: documented address, real address, payload."""


def replay(folder, document, messages, *arguments):
    """Replay messages, one broken one behind each; give the report."""
    capture, report = folder / "capture.jsonl", folder / "report.json"
    lines = [
        {"address": address, "timestamp": "2026-11-23T14:02:11Z", "payload": json.dumps(payload), "headers": [["correlation_id", "1"]]}
        for address, payload in messages
    ]  # fmt: skip
    capture.write_text("".join(json.dumps(one) + "\n" for one in lines))
    done = asyncwatch("replay", document, capture, "--format", "json", "-o", report, "--fail-on", "none", *arguments)
    assert done.code == 0, done.stderr
    done.report = json.loads(report.read_text())
    return done


@pytest.mark.parametrize("name", FASTSTREAM)
def test_documents_of_faststream_are_read_at_the_addresses_that_it_uses(name, shared, tmp_path):
    expected = FASTSTREAM[name]
    sent = [one for found in expected.values() for one in found]
    done = replay(
        tmp_path, shared / "corpus" / "asyncapi" / "generated-faststream" / f"{name}.json",
        [*sent, *((address, {"id": "x"}) for address, _ in sent)],
    )  # fmt: skip
    rows = {one["address"]: one["messages"] for one in done.report["channels"] if one["messages"]["total"]}
    assert {address: (one["valid"], one["invalid"]) for address, one in rows.items()} == {
        address: (len(found), len(found)) for address, found in expected.items()
    }
    assert set(done.counts()) == {"payload.schema"}


MICROCKS = """
asyncapi: '3.0.0'
info: {title: Orders, contact: {name: someone, email: not an address}}
defaultContentType: application/json
servers: {local: {host: 'localhost:9092', protocol: kafka, description: 5}}
channels:
  orders: {address: orders, messages: {order: {$ref: '#/components/messages/order'}}}
  lost: {address: lost, messages: {x: {$ref: '#/components/messages/none'}}}
operations:
  publishOrder: {action: send, channel: {$ref: '#/channels/orders'}, messages: [{$ref: '#/components/messages/order'}]}
components:
  messages:
    order:
      schemaFormat: 'application/schema+json;version=draft-07'
      payload: {type: object, required: [id], properties: {id: {type: integer}}}
      examples: {laurent: {summary: s, payload: '{"id": 1}'}}
"""
RESOLVED = """
asyncapi: 3.0.0
servers: {local: &local {host: 'localhost:9092', protocol: kafka}}
channels:
  orders: &orders {address: orders, servers: [*local], messages: {order: &order {payload: {required: [id], properties: {id: {type: integer}}}}}}
  lost: {address: lost, messages: 5}
operations: {take: {action: receive, channel: *orders, messages: [*order]}}
"""
OLD = """
asyncapi: 2.0.0-rc1
servers: {local: {url: 'localhost:{port}', protocol: kafka, variables: {port: {default: 9092}}}, gone: {url: x}}
channels:
  orders: {publish: {message: {payload: {required: [id], properties: {id: {type: integer}}}, traits: [{$ref: '#/none'}], tags: 5}}}
  lost: {publish: {message: {oneOf: {}}}, parameters: 5, bindings: []}
  gone: {servers: [gone], publish: {message: {payload: true}}}
"""


@pytest.mark.parametrize(
    "text", [MICROCKS, RESOLVED, OLD], ids=["as Microcks writes", "references resolved", "2.0.0-rc1"]
)
def test_documents_that_are_not_valid_run_as_far_as_they_can_be_read(text, tmp_path):
    document = tmp_path / "document.yaml"
    document.write_text(text)
    done = replay(
        tmp_path, document, [("orders", {"id": 1}), ("orders", {"id": "x"}), ("orders", {}), ("lost", {"a": 1})]
    )
    rows = {one["address"]: one["messages"] for one in done.report["channels"]}
    assert set(rows) == {"orders", "lost"}
    assert (rows["orders"]["valid"], rows["orders"]["invalid"]) == (1, 2)
    assert (rows["lost"]["unchecked"], rows["lost"]["total"]) == (1, 1)
    assert set(done.counts()) == {"payload.schema"}
