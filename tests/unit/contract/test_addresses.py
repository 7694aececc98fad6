"""Where channels lie, and which real addresses belong to them."""

from __future__ import annotations

import json
import time

import pytest

from asyncwatch.contract.addresses.families import RULES, address_pattern
from asyncwatch.contract.addresses.find import Said, find_address
from asyncwatch.contract.addresses.kafka import is_legal_topic
from asyncwatch.contract.addresses.placeholders import Unmatchable
from asyncwatch.contract.load import load_contract


def said(bindings=None, own=None, operations=(), *, is_key=False):
    return Said(bindings or {}, operations, own, is_key)


@pytest.mark.parametrize(
    ("address", "family", "fits", "fits_not"),
    [
        ("orders.{id}", "kafka", ["orders.a-b_c", "orders.1"], ["orders.", "orders.a.b", "orders.a/b", "xorders.a"]),
        ("{a}-{b}.x", "kafka", ["a.b-c_d.x"], ["a-b-c.x", "a-b.c.x"]),
        ("{a}", "kafka", ["a.b-c_d", "x" * 249], ["a/b", "", "x" * 250]),
        ("o{a}s", "kafka", ["oss", "o1.2s"], ["os"]),
        ("a+b.{c}", "kafka", ["a+b.x"], ["aab.x"]),
        ("a/{b}/c", "mqtt", ["a/x.y/c"], ["a/x/y/c", "a//c"]),
        ("a/+/{b}", "mqtt", ["a/x/y", "a//y"], ["a/x/", "a/x/y/z", "a/x"]),
        ("a/#", "mqtt", ["a", "a/", "a/b/c"], ["ab", "b/a"]),
        ("#", "mqtt", ["a", "a/b", "/"], ["$SYS/load", ""]),
        ("{site}/x", "mqtt", ["north/x"], ["$SYS/x", "/x"]),
        ("$SYS/#", "mqtt", ["$SYS/load"], ["SYS/load"]),
        ("dev-{id}/x", "mqtt", ["dev-7/x"], ["dev-/x", "dev-7/y/x"]),
        ("a.{b}.c", "nats", ["a.x/y.c"], ["a.x.y.c"]),
        ("a.*.{b}.>", "nats", ["a.1.2.3", "a.1.2.3.4"], ["a.1.2", "a..2.3"]),
        ("a.{b}", "amqp", ["a.x"], ["a.x.y", "a."]),
        ("a.*", "amqp", ["a.x", "a."], ["a", "a.x.y"]),
        ("a.#", "amqp", ["a", "a.x", "a.x.y"], ["ab", "b.a", ""]),
        ("#.a", "amqp", ["a", "x.a", "x.y.a"], ["xa", "a.x", ""]),
        ("a.#.b.#.c", "amqp", ["a.b.c", "a.x.b.bx.b.c", "a.bx.b.c"], ["a.b", "a.c.b", "a.bx.c"]),
        ("#", "amqp", ["", "a", "a.b"], []),
        ("*", "amqp", ["a"], ["", "a.b"]),
        ("a:{b}", "redis", ["a:x.y"], ["a:x:y"]),
        ("a:{b}:*", "redis", ["a:1:", "a:1:2:3"], ["a:1", "b:1:2"]),
        ("h[a-c]?[^x]", "redis", ["haaa", "hb:y"], ["hda1", "haax"]),
        ("*.created", "redis", ["orders.created", "a.b.created"], ["created", "orders.created.x"]),
        ("/v1/{b}", "ws", ["/v1/x"], ["/v1/x/y", "/v1/x?y", "/v1/"]),
        ("a|{b}", "other", ["a|x.y"], ["a|x|y"]),
    ],
)  # fmt: skip
def test_a_placeholder_or_wildcard_stands_for_what_its_protocol_says(address, family, fits, fits_not):
    pattern = address_pattern(address, family)
    assert [one for one in fits if pattern.fullmatch(one) is None] == []
    assert [one for one in fits_not if pattern.fullmatch(one)] == []


@pytest.mark.parametrize(
    ("address", "family", "asked"),
    [
        ("orders", "kafka", "orders"), ("orders.{id}", "kafka", None),
        ("orders.{id}.x", "nats", "orders.*.x"), ("a.eu-{b}.>", "nats", "a.*.>"),
        ("a/{b}/#", "mqtt", "a/+/#"), ("{a}-{b}/c", "mqtt", "+/c"),
        ("a.{b}.#", "amqp", "a.*.#"), ("a:{b}.c", "redis", "a:*.c"), ("/v1/{b}", "ws", None), ("/v1", "ws", "/v1"),
    ],
)  # fmt: skip
def test_the_broker_is_asked_for_the_narrowest_text_that_takes_in_all(address, family, asked):
    assert RULES[family].subscription(address, wildcards=True) == asked


def test_signs_of_globs_are_escaped_where_they_mean_themselves():
    place = find_address("redis", said({"redis": {"channel": "a*[{b}]", "method": "subscribe"}}))
    assert place.subscription == r"a\*\[*]"
    assert place.pattern.fullmatch("a*[1]")["p0"] == "1"
    assert find_address("redis", said({"redis": {"channel": "a*", "method": "subscribe"}})).pattern is None
    assert find_address("redis", said({"redis": {"channel": "a*", "method": "psubscribe"}})).pattern is not None


def test_values_are_given_by_number():
    assert address_pattern("a.{x y}.{z.w}", "kafka").fullmatch("a.1.2").groupdict() == {"p0": "1", "p1": "2"}
    assert address_pattern("a/{x/y}", "mqtt").fullmatch("a/1").groupdict() == {"p0": "1"}


@pytest.mark.parametrize("family", RULES)
def test_an_address_without_placeholders_has_no_pattern(family):
    assert address_pattern("orders", family) is None


@pytest.mark.parametrize("family", RULES)
def test_placeholders_that_cannot_be_told_apart_are_refused(family):
    for address in ("{a}{b}", "/".join(f"{{p{n}}}" for n in range(40))):
        with pytest.raises(Unmatchable):
            address_pattern(address, family)
    with pytest.raises(Unmatchable):
        address_pattern("x{a}x{b}x{c}x{d}x{e}", "kafka")
    with pytest.raises(Unmatchable):
        address_pattern("*:{a}:*:x", "redis")


@pytest.mark.parametrize(
    ("address", "family", "hostile"),
    [
        ("{a}x{b}x{c}x.{d}", "kafka", "x" * 249),
        ("{a}x{b}x{c}x.{d}", "kafka", "x" * 100_000),
        ("{a}-{b}-{c}-{d}/x", "mqtt", "-" * 65_535),
        ("a.#.b.#.b.#.b.#.c", "amqp", "a" + ".b" * 30_000),
        ("#.*.*.*.#.x", "amqp", ".a" * 30_000),
        ("{a}-{b}.{c}-{d}.>", "nats", "-" * 30_000 + "." + "-" * 30_000),
        ("*a*a*a*a*b", "redis", "a" * 60_000),
        ("a:{b}:*:c", "redis", "a:" * 30_000),
        ("/{a}-{b}-{c}/x", "ws", "/" + "-" * 60_000),
        ("{a}:{b}.{c}x{d}", "other", "x" * 60_000 + ":"),
    ],
)  # fmt: skip
def test_hostile_addresses_take_linear_time(address, family, hostile):
    pattern = address_pattern(address, family)
    started_s = time.process_time()
    assert pattern.fullmatch(hostile) is None
    assert time.process_time() - started_s < 0.5


def test_the_binding_of_the_servers_family_names_the_address():
    bindings = {"kafka": {"topic": "t"}, "nats": {"subject": "s"}, "redis": {"channel": "c", "method": "lpop"}}
    assert find_address("kafka", said(bindings, "own")).address == "t"
    assert find_address("nats", said(bindings, "own")).address == "s"
    redis = find_address("redis", said(bindings, "own"))
    assert (redis.address, redis.redis_method, redis.from_binding) == ("c", "lpop", True)
    own = find_address("mqtt", said(bindings, "own"))
    assert (own.address, own.from_binding) == ("own", False)
    assert find_address("kafka", said({"kafka": {"topic": 7}})).address is None


def test_the_group_of_a_shared_subscription_is_no_part_of_the_topic():
    place = find_address("mqtt", said(own="$share/workers/jobs/{id}"))
    assert (place.address, place.subscription, place.mqtt_group) == ("jobs/{id}", "jobs/+", "workers")


def test_wildcards_of_amqp_mean_something_at_topic_exchanges_only():
    def of(exchange):
        return find_address("amqp", said({"amqp": {"exchange": exchange}}, "a.*"))

    assert of({"name": "e", "type": "topic", "vhost": "/v"}).pattern is not None
    assert of({"name": "e", "type": "direct"}).pattern is None
    place = of({"name": "e", "type": "topic", "vhost": "/v"}).amqp
    assert (place.kind, place.exchange, place.exchange_type, place.vhost) == ("routingKey", "e", "topic", "/v")
    default = of({"type": "default"})
    assert (default.amqp.exchange, default.pattern) == ("", None)
    unsaid = find_address("amqp", said({}, "a.#"))
    assert unsaid.amqp.exchange is None
    assert unsaid.pattern is not None


def test_a_queue_is_found_by_its_routing_key_and_by_its_name_where_there_is_none():
    queue = {"amqp": {"is": "queue", "queue": {"name": "q", "vhost": "/v"}}}
    assert find_address("amqp", said(queue)).address == "q"
    assert find_address("amqp", said(queue, "key")).address == "key"
    assert find_address("amqp", said(queue, operations=[{"amqp": {"cc": ["k"]}}])).address == "k"
    place = find_address("amqp", said(queue, "key", [{"amqp": {"cc": ["k", "l"]}}])).amqp
    assert (place.kind, place.queue, place.vhost, place.keys) == ("queue", "q", "/v", ("k", "l"))


def test_a_key_of_channels_that_begins_with_the_queue_is_a_label():
    queue = {"amqp": {"is": "queue", "queue": {"name": "q"}}}
    assert find_address("amqp", said(queue, "q:orders:Created", is_key=True)).address == "q"
    of = said(queue, "q:orders:Created", [{"amqp": {"cc": "order.*"}}], is_key=True)
    assert find_address("amqp", of).address == "order.*"
    assert (
        find_address("amqp", said({}, "invoices:_:P", [{"amqp": {"cc": "invoices"}}], is_key=True)).address
        == "invoices"
    )
    assert (
        find_address("amqp", said({}, "user/signedup", [{"amqp": {"cc": ["user"]}}], is_key=True)).address
        == "user/signedup"
    )


def test_legal_names():
    assert is_legal_topic("orders.{id}-v1_x")
    assert not is_legal_topic("user/signedup")
    assert not is_legal_topic("")
    assert not is_legal_topic("x" * 250)
    for family, address in (
        ("kafka", "a b"), ("nats", "a..b"), ("nats", "a b"), ("mqtt", "a/b+"), ("mqtt", "a/#/b"), ("mqtt", "a\0"),
        ("amqp", "x" * 256), ("ws", "/a b"), ("redis", ""),
    ):  # fmt: skip
        assert RULES[family].fault(address) is not None
        assert RULES[family].fault("a" if family != "ws" else "/{a b}") is None


def document_of(servers, channel):
    listed = {name: {"host": "127.0.0.1:1", "protocol": protocol} for name, protocol in servers.items()}
    text = json.dumps(
        {"asyncapi": "3.0.0", "info": {"title": "T", "version": "1"}, "servers": listed, "channels": {"c": channel}}
    )
    return load_contract("d.json", lambda _: text.encode())


def test_a_channel_lies_elsewhere_on_servers_of_another_family():
    contract = document_of(
        {"a": "mqtt", "b": "kafka", "c": "nats"},
        {"address": "o/{id}", "parameters": {"id": {}}, "bindings": {"kafka": {"topic": "orders"}}},
    )
    channel = contract.channels["c"]
    assert {family: one.address for family, one in channel.addresses.items()} == {
        "kafka": "orders", "mqtt": "o/{id}", "nats": "o/{id}",
    }  # fmt: skip
    assert channel.addresses["mqtt"].subscription == "o/+"
    assert [one.rule for one in contract.findings] == []


def test_a_channel_without_servers_lies_wherever_the_user_says():
    channel = document_of({}, {"address": "a.{b}", "parameters": {"b": {}}}).channels["c"]
    assert channel.addresses["nats"].subscription == "a.*"
    assert channel.addresses["kafka"].subscription is None


@pytest.mark.parametrize("family", ["kafka", "nats", "mqtt", "amqp", "redis", "ws", "pulsar"])
def test_no_address_of_a_document_takes_long_to_read(family):
    hostile = [
        "{" * 100_000,
        "{a}x" * 1_000,
        "*." * 2_000,
        "a.#." * 1_000 + "b",
        "+/" * 2_000,
        "[" * 4_000,
        "{b}.{c}" + "*" * 4_000,
        "a" * 5_000_000,
    ]
    for address in hostile:
        started_s = time.process_time()
        document_of({"a": family}, {"address": address})
        assert time.process_time() - started_s < 1, address[:10]


def test_a_channel_without_an_address_is_told():
    contract = document_of({"a": "kafka"}, {"address": None})
    assert contract.channels["c"].address is None
    assert [(one.rule, one.severity) for one in contract.findings] == [("document.address-unknown", "info")]
