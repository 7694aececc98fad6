from __future__ import annotations

import time

import pytest

from asyncwatch.contract.address import Unmatchable, address_pattern, channel_address, is_legal_topic


@pytest.mark.parametrize(
    ("address", "family", "fits", "fits_not"),
    [
        ("orders.{id}", "kafka", ["orders.a-b_c", "orders.1"], ["orders.", "orders.a.b", "orders.a/b", "xorders.a"]),
        ("{a}-{b}.x", "kafka", ["a.b-c_d.x"], ["a-b-c.x", "a-b.c.x"]),
        ("{a}", "kafka", ["a.b-c_d"], ["a/b", ""]),
        ("o{a}s", "kafka", ["oss", "o1.2s"], ["os"]),
        ("a/{b}/c", "mqtt", ["a/x.y/c"], ["a/x/y/c", "a//c"]),
        ("/v1/{b}", "ws", ["/v1/x"], ["/v1/x/y"]),
        ("a.{b}.c", "nats", ["a.x/y.c"], ["a.x.y.c"]),
        ("a.{b}", "amqp", ["a.x"], ["a.x.y"]),
        ("a:{b}", "redis", ["a:x.y"], ["a:x:y"]),
        ("a+b.{c}", "kafka", ["a+b.x"], ["aab.x"]),
    ],
)
def test_a_placeholder_stands_for_one_segment(address, family, fits, fits_not):
    pattern = address_pattern(address, family)
    assert [one for one in fits if pattern.fullmatch(one) is None] == []
    assert [one for one in fits_not if pattern.fullmatch(one)] == []


def test_values_are_given_by_number():
    assert address_pattern("a.{x y}.{z}", "kafka").fullmatch("a.1.2").groupdict() == {"p0": "1", "p1": "2"}


def test_an_address_without_placeholders_has_no_pattern():
    assert address_pattern("orders", "kafka") is None


def test_placeholders_that_cannot_be_told_apart_are_refused():
    for address in ("{a}{b}", "x{a}x{b}x{c}x{d}x{e}", ".".join(f"{{p{n}}}" for n in range(40))):
        with pytest.raises(Unmatchable):
            address_pattern(address, "kafka")


def test_matching_the_longest_topic_is_fast():
    pattern = address_pattern("{a}x{b}x{c}x.{d}", "kafka")
    started = time.perf_counter()
    assert pattern.fullmatch("x" * 249) is None
    assert time.perf_counter() - started < 1


def test_the_binding_of_the_servers_family_names_the_address():
    bindings = {"kafka": {"topic": "t"}, "nats": {"subject": "s"}, "redis": {"channel": "c"}}
    assert channel_address(["kafka"], bindings, "own") == "t"
    assert channel_address(["nats"], bindings, "own") == "s"
    assert channel_address(["redis"], bindings, None) == "c"
    assert channel_address(["mqtt"], bindings, "own") == "own"
    assert channel_address([], {"redis": {"channel": "c"}}, "own") == "c"
    assert channel_address(["amqp"], {"amqp": {"is": "queue", "queue": {"name": "q"}}}, None) == "q"
    assert channel_address(["amqp"], {"amqp": {"is": "queue", "queue": {"name": "q"}}}, "key") == "key"


def test_legal_names_of_topics():
    assert is_legal_topic("orders.{id}-v1_x")
    assert not is_legal_topic("user/signedup")
    assert not is_legal_topic("")
    assert not is_legal_topic("x" * 250)
