"""Several documents in one run: names of servers, one reading of a cluster, one route of an address."""

from __future__ import annotations

import asyncio
import json

import pytest

from asyncwatch.config.configured_servers import ConfiguredServers
from asyncwatch.contract.clusters import cluster_of
from asyncwatch.contract.load import load_contract
from asyncwatch.model.errors import MisconfiguredAll
from asyncwatch.pipeline.build import make_ledger, make_plan, make_pump, make_replay_plan
from asyncwatch.pipeline.replay import replay
from asyncwatch.pipeline.server_names import aliases_of
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.taps.capture import CaptureTap
from asyncwatch.telemetry import happenings
from engine import KEY_HASH, Lines


def document(name, servers, channels, operations=""):
    text = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\n"
    text += f"servers: {servers}\n" if servers else ""
    text += f"channels:\n{channels}" + (f"operations:\n{operations}" if operations else "")
    return load_contract(name, lambda _: text.encode())


def orders(payload="{type: object}", name="orders", address="orders"):
    return f"  {name}: {{address: '{address}', messages: {{Order: {{payload: {payload}}}}}}}\n"


ONE = "{production: {host: 'one:9092', protocol: kafka}}"
TWO = "{production: {host: 'two:9092', protocol: kafka}}"


@pytest.fixture
def told(monkeypatch):
    found = []
    monkeypatch.setattr(happenings.LOGGER, "log", lambda _level, text, *more, **__: found.append(text % more))
    return found


def plan_of(contracts, **options):
    return make_plan(BuildOptions(specs=[], **options), contracts, KEY_HASH)


def replay_report(plan, messages):
    ledger = make_ledger(plan, KEY_HASH, 0)
    for record in ledger.servers.values():
        record.change("connected", 0)
    tap = CaptureTap(
        Lines([json.dumps(one).encode() + b"\n" for one in messages]), list(plan.servers), lambda *_: None,
        aliases=plan.aliases,
    )  # fmt: skip
    filters = {one.id: one for found in plan.filters.values() for one in found}
    ordered = sorted(filters.values(), key=lambda one: one.pattern is not None)
    return asyncio.run(replay(tap, ordered, make_pump(plan, ledger, ()), ledger, ()))


def test_one_name_for_two_clusters_becomes_two_names():
    contracts = [document("a.yaml", ONE, orders()), document("b.yaml", TWO, orders())]
    plan = plan_of(contracts)
    assert {name: one.url for name, one in plan.settings.items()} == {
        "production": "one:9092",
        "production-2": "two:9092",
    }
    assert [(one.server, one.sources) for one in plan.routes.documented()] == [
        ("production", ("a.yaml",)),
        ("production-2", ("b.yaml",)),
    ]


def test_the_new_name_can_be_chosen_and_overridden():
    contracts = [document("a.yaml", ONE, orders()), document("b.yaml", TWO, orders())]
    assert list(plan_of(contracts, servers=["production-2"]).settings) == ["production-2"]
    plan = plan_of(contracts, brokers=["production-2=kafka://three:9092"])
    assert plan.settings["production-2"].url == "three:9092"
    with pytest.raises(MisconfiguredAll, match="production-3"):
        plan_of(contracts, servers=["production-3"])


def test_a_name_that_a_document_uses_is_given_to_no_other():
    other = "{production: {host: 'two:9092', protocol: kafka}, production-2: {host: 'three:9092', protocol: kafka}}"
    plan = plan_of(
        [document("a.yaml", ONE, orders()), document("b.yaml", other, orders()), document("c.yaml", TWO, orders())]
    )
    assert {name: one.url for name, one in plan.settings.items()} == {
        "production": "one:9092", "production-2": "three:9092", "production-3": "two:9092",
    }  # fmt: skip
    assert [route.sources for route in plan.routes.of_server("production-3")] == [("b.yaml",)]


def test_one_cluster_by_two_names_is_read_once_and_judged_by_both_documents():
    other = "{live: {host: 'ONE:9092,spare:9092', protocol: kafka-secure}}"
    contracts = [
        document("a.yaml", ONE, orders()),
        document("b.yaml", other, orders(name="sales") + orders(name="x", address="x")),
    ]
    plan = plan_of(contracts)
    assert list(plan.settings) == ["production"]
    assert plan.settings["production"].tls is not None
    assert plan.aliases == {"live": "production"}
    assert [(one.address, one.channels, one.sources) for one in plan.routes.documented()] == [
        ("orders", ("orders", "sales"), ("a.yaml", "b.yaml")),
        ("x", ("x",), ("b.yaml",)),
    ]
    assert [one.id for one in plan.filters["production"]] == ["orders", "x"]


def test_login_and_tls_that_only_one_document_names_hold_for_all():
    secure = "{production: {host: 'one:9092', protocol: kafka-secure, security: [{type: scramSha256}]}}"
    contracts = [document("a.yaml", ONE, orders()), document("b.yaml", secure, orders())]
    plan = plan_of(contracts)
    assert list(plan.settings) == ["production"]
    assert plan.settings["production"].tls is not None
    assert [one.type for one in plan.servers["production"].security] == ["scramSha256"]


def test_a_flag_makes_two_servers_one():
    other = "{live: {host: 'two:9092', protocol: kafka}}"
    contracts = [document("a.yaml", ONE, orders()), document("b.yaml", other, orders())]
    assert list(plan_of(contracts).settings) == ["production", "live"]
    assert list(plan_of(contracts, brokers=["live=kafka://one:9092"]).settings) == ["production"]
    plan = make_replay_plan(BuildOptions(specs=[], brokers=["live=kafka://one:9092"]), contracts, KEY_HASH)
    assert list(plan.servers) == ["production"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{host: 'h:9092', protocol: kafka}", "{host: 'H', protocol: kafka-secure}", True),
        ("{host: 'h:9092', protocol: kafka}", "{host: 'h:9093', protocol: kafka}", False),
        ("{host: 'h:4222', protocol: kafka}", "{host: 'h:4222', protocol: nats}", False),
        ("{host: 'a:1,b:1', protocol: kafka}", "{host: 'b:1', protocol: kafka}", True),
        ("{host: h, pathname: /, protocol: amqp}", "{host: 'h:5672', protocol: amqp}", True),
        ("{host: h, pathname: /shop, protocol: amqp}", "{host: h, protocol: amqp}", False),
        ("{host: '[::1]', protocol: nats}", "{host: '[::1]:4222', protocol: nats}", True),
    ],
)
def test_a_server_is_the_same_where_the_cluster_is(one, other, same):
    contract = document("a.yaml", f"{{one: {one}, other: {other}}}", orders())
    clusters = {name: cluster_of(server) for name, server in contract.servers.items()}
    assert aliases_of(clusters) == ({"other": "one"} if same else {})


def test_another_login_is_another_view():
    contract = document("a.yaml", "{one: {host: h, protocol: nats}, other: {host: h, protocol: nats}}", orders())
    one, other = contract.servers.values()
    assert aliases_of({"one": cluster_of(one, login="a"), "other": cluster_of(other, login="b")}) == {}
    assert aliases_of({"one": cluster_of(one, login="a"), "other": cluster_of(other)}) == {"other": "one"}


def test_messages_count_once_and_rows_name_the_document_of_their_channel():
    gone = "  gone: {address: gone, messages: {Gone: {payload: {type: object}}}}\n"
    send = "  send: {action: send, channel: {$ref: '#/channels/sales'}}\n"
    contracts = [
        document("a.yaml", ONE, orders("{type: object, required: [id]}")),
        document(
            "b.yaml",
            "{live: {host: one, protocol: kafka}}",
            orders("{type: object, required: [sku]}", "sales") + gone,
            send,
        ),
    ]
    plan = make_replay_plan(BuildOptions(specs=[]), contracts, KEY_HASH)
    rows = [
        {"server": server, "address": "orders", "payload": json.dumps(payload)}
        for server, payload in (
            ("production", {"id": 1}),
            ("live", {"sku": 1}),
            ("live", {}),
            ("production", {"id": 1}),
        )
    ]
    report = replay_report(plan, rows)
    assert report.messages.total == 4
    assert {(one.channel, one.document, one.messages.total, one.messages.valid) for one in report.channels} == {
        ("sales", "b.yaml", 2, 1), ("orders", "a.yaml", 2, 2), ("gone", "b.yaml", 0, 0),
    }  # fmt: skip
    assert [one.server for one in report.servers] == ["production"]
    assert (report.coverage.channels.documented, report.coverage.channels.seen) == (3, 2)


def test_a_document_without_servers_is_read_where_there_is_only_one():
    contracts = [document("a.yaml", ONE, orders()), document("b.yaml", "", orders(name="x", address="x"))]
    assert [one.address for one in plan_of(contracts).routes.documented()] == ["orders", "x"]


def test_what_is_named_otherwise_or_not_read_is_said(told):
    two = [document("a.yaml", ONE, orders()), document("b.yaml", TWO, orders())]
    plan_of([*two, document("c.yaml", "", orders())])
    plan_of([two[0], document("d.yaml", "{live: {host: one, protocol: kafka}}", orders())])
    said = " ".join(told)
    assert "the second is called 'production-2' here" in said
    assert "'c.yaml' names no server, and there are 2" in said
    assert "servers 'production' and 'live' are one cluster" in said


def test_configuration_by_the_name_that_was_given_is_used():
    contracts = [document("a.yaml", ONE, orders()), document("b.yaml", TWO, orders())]

    class Configured(ConfiguredServers):
        def url(self, server):
            return "kafka://four:9092" if server == "production-2" else None

    assert plan_of(contracts, configured=Configured()).settings["production-2"].url == "four:9092"
