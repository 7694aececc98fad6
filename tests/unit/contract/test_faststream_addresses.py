"""Addresses that FastStream really uses, from the documents it writes; expected values by hand."""

from __future__ import annotations

import json

import pytest

from asyncwatch.contract.load import load_contract
from asyncwatch.pipeline.build import make_replay_plan
from asyncwatch.pipeline.servers import BuildOptions
from engine import KEY_HASH

EXPECTED = {
    "kafka-3.0.0.json": [("audit", "audit"), ("orders", "orders"), ("invoices", "invoices")],
    "nats-2.6.0.json": [
        ("orders.cancelled", "orders.cancelled"), ("orders.{region}.created", "orders.*.created"),
        ("invoices.new", "invoices.new"),
    ],
    "rabbit-3.0.0.json": [("order.*", "order.*"), ("invoices", "invoices")],
    "redis-3.0.0.json": [
        ("orders.created", "orders.created"), ("orders-stream", "orders-stream"), ("jobs", "jobs"),
        ("invoices.new", "invoices.new"),
    ],
}  # fmt: skip


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.fixture
def load(shared):
    def of(name):
        return load_contract(str(shared / "corpus" / "asyncapi" / "generated-faststream" / name), read)

    return of


@pytest.mark.parametrize("name", EXPECTED)
def test_addresses_are_those_that_faststream_uses(load, name):
    plan = make_replay_plan(BuildOptions(specs=[]), [load(name)], KEY_HASH)
    assert sorted((one.address, one.subscription) for one in plan.routes.documented()) == sorted(EXPECTED[name])


def test_the_subscribers_queue_is_kept_and_its_key_is_a_pattern(load):
    channels = load("rabbit-3.0.0.json").channels
    billing, invoices = (
        channels[name].addresses["amqp"] for name in ("billing:orders:Created", "invoices:_:Publisher")
    )
    assert (billing.amqp.kind, billing.amqp.queue, billing.amqp.vhost, billing.amqp.keys) == (
        "queue", "billing", "/shop", ("order.*",),
    )  # fmt: skip
    assert [bool(billing.pattern.fullmatch(key)) for key in ("order.created", "order.a.b", "order")] == [
        True,
        False,
        False,
    ]
    assert (invoices.amqp.kind, invoices.amqp.exchange, invoices.amqp.exchange_type) == ("routingKey", "", "default")


def test_how_redis_is_read_is_kept(load):
    methods = [one.addresses["redis"].redis_method for one in load("redis-3.0.0.json").channels.values()]
    assert methods == ["subscribe", "xreadgroup", "lpop", "publish"]


@pytest.mark.parametrize(
    ("key", "binding", "operation", "address"),
    [
        # What versions before 0.6 write for RabbitMQ: labels as keys, the routing key in the operation.
        ("test:default:Handle", {"is": "routingKey", "queue": {"name": "test"}, "exchange": {"type": "default"}}, {"cc": "test"}, "test"),
        ("logs:events:Handle", {"is": "queue", "queue": {"name": "logs"}}, {"cc": "level.*"}, "level.*"),
        ("logs:events:Handle", {"is": "queue", "queue": {"name": "logs"}}, None, "logs"),
        ("user/signedup", {"is": "routingKey", "exchange": {"name": "users", "type": "direct"}}, {"cc": ["user.logs"]}, "user/signedup"),
    ],
)  # fmt: skip
def test_keys_of_version_2_are_labels_only_where_the_binding_shows_it(key, binding, operation, address):
    publish = {"message": {"payload": {}}} | ({"bindings": {"amqp": operation}} if operation else {})
    document = {
        "asyncapi": "2.6.0", "info": {"title": "T", "version": "1"}, "servers": {"s": {"url": "amqp://h", "protocol": "amqp"}},
        "channels": {key: {"bindings": {"amqp": binding}, "publish": publish}},
    }  # fmt: skip
    contract = load_contract("d.json", lambda _: json.dumps(document).encode())
    assert contract.channels[key].address == address
    assert [one.rule for one in contract.findings] == []


def test_a_channel_is_read_by_its_own_address_on_servers_of_each_family():
    document = {
        "asyncapi": "3.0.0", "info": {"title": "T", "version": "1"},
        "servers": {"k": {"host": "h:1", "protocol": "kafka"}, "m": {"host": "h:2", "protocol": "mqtt"}},
        "channels": {"c": {"address": "site/{id}", "parameters": {"id": {}}, "bindings": {"kafka": {"topic": "sites"}}}},
    }  # fmt: skip
    contract = load_contract("d.json", lambda _: json.dumps(document).encode())
    plan = make_replay_plan(BuildOptions(specs=[]), [contract], KEY_HASH)
    assert [(one.server, one.address, one.subscription, one.wildcard) for one in plan.routes.documented()] == [
        ("k", "sites", "sites", False),
        ("m", "site/{id}", "site/+", True),
    ]
    assert plan.filters["m"][0].covers("site/7")
