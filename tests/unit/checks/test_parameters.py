"""Values in addresses against documented parameters, through the whole engine."""

from __future__ import annotations

import pytest

from engine import found, judge, kafka_document, row

V3 = kafka_document("""
  orders:
    address: orders.{region}.{id}
    parameters:
      region: {enum: [eu, us]}
      id: {location: $message.payload#/id}
    messages: {Order: {payload: {type: object, properties: {id: {type: integer}}}}}
""")
V2 = """
asyncapi: 2.6.0
info: {title: T, version: '1'}
servers: {production: {url: '127.0.0.1:9092', protocol: kafka}}
channels:
  orders.{id}.{kind}:
    parameters:
      id: {schema: {type: integer, minimum: 10}}
      kind: {schema: {$ref: '#/components/schemas/Kind'}, location: $message.header#/kind}
    subscribe: {message: {payload: {type: object}}}
components:
  schemas: {Kind: {type: string, pattern: '^[a-z]+$'}}
"""


def at(address, payload="{}", headers=(), **more):
    return {"address": address, "payload": payload, "headers": [list(one) for one in headers], **more}


def told(report):
    return [(one.path, one.keyword, one.expected, one.count) for one in found(report, "channel.parameter")]


def test_a_value_outside_the_documented_ones_is_a_finding_and_the_state_stays():
    report = judge(V3, [at("orders.eu.1"), at("orders.mars.1"), at("orders.mars.1"), at("orders.us.2")])
    assert told(report) == [("/region", "enum", "one of eu, us", 2)]
    (finding,) = found(report, "channel.parameter")
    assert (finding.severity, finding.channel, finding.address) == ("warning", "orders", "orders.{region}.{id}")
    assert "mars" not in repr(report)
    assert row(report, "orders").messages.valid == 4


def test_a_value_that_the_message_tells_otherwise_is_a_finding():
    rows = [at("orders.eu.1", '{"id": 1}'), at("orders.eu.1", '{"id": 2}'), at("orders.eu.1"), at("orders.eu.1", "[")]
    report = judge(V3, [*rows, at("orders.eu.1", '{"id": null}'), at("orders.eu.7", '{"id": 7.0}')])
    assert told(report) == [("/id", "location", "the value at payload /id", 1)]
    assert row(report, "orders").messages.valid == 4


@pytest.mark.parametrize(
    ("address", "headers", "expected"),
    [
        ("orders.10.a", [("kind", "a")], []),
        ("orders.10.a", [("Kind", "b")], ["location"]),
        ("orders.9.a", [], ["minimum"]),
        ("orders.x.a", [], ["type"]),
        ("orders.10.A", [], ["pattern"]),
        ("orders.9.A", [("kind", "x")], ["location", "minimum", "pattern"]),
    ],
)
def test_the_whole_schema_of_version_2_judges(address, headers, expected):
    report = judge(V2, [at(address, headers=headers)])
    assert sorted(keyword for _, keyword, _, _ in told(report)) == expected
    assert row(report, "orders.{id}.{kind}").messages.valid == 1


def test_an_address_is_right_that_is_right_for_one_of_its_channels():
    channel = "  {name}:\n    address: orders.{{{place}}}\n    parameters: {{{place}: {{enum: [{value}]}}}}\n    messages: {{M: {{payload: {{}}}}}}\n"
    text = channel.format(name="a", place="region", value="eu") + channel.format(name="b", place="zone", value="us")
    report = judge(kafka_document(text), [at("orders.eu"), at("orders.us"), at("orders.mars")])
    assert told(report) == [("/region", "enum", "eu", 1)]
    assert {one.channel for one in report.channels} == {"a", "b"}
    assert row(report, "a").messages.total == 3
    anything = text + "  c: {address: 'orders.{any}', parameters: {any: {}}}\n"
    assert told(judge(kafka_document(anything), [at("orders.mars")])) == []


def test_the_rule_can_be_switched_off():
    assert told(judge(V3, [at("orders.mars.1", '{"id": 2}')], rules={"channel.parameter": "off"})) == []


def test_more_addresses_than_are_remembered_are_all_judged():
    report = judge(V3, [at(f"orders.r{number}.1") for number in range(9_000)] + [at("orders.r1.1")])
    assert told(report) == [("/region", "enum", "one of eu, us", 9_001)]


def test_names_of_parameters_are_escaped_in_paths_and_long_lists_are_cut():
    values = ", ".join(f"value-{number}" for number in range(400))
    report = judge(
        kafka_document(f"  a:\n    address: 'a.{{x/y}}'\n    parameters: {{x/y: {{enum: [{values}]}}}}\n"), [at("a.b")]
    )
    ((path, _, expected, _),) = told(report)
    assert path == "/x~1y"
    assert len(expected) < 120
