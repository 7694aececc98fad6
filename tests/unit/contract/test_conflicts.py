"""Channels of one address that say different things."""

from __future__ import annotations

import pytest

from asyncwatch.contract.conflicts import find_conflicts, with_conflicts
from asyncwatch.contract.load import load_contract

SERVER = "{production: {host: 'h:9092', protocol: kafka}}"


def document(name, channels, servers=SERVER):
    text = f"asyncapi: 3.0.0\ninfo: {{title: T, version: '1'}}\nservers: {servers}\nchannels:\n{channels}"
    return load_contract(name, lambda _: text.encode())


def channel(message="{payload: {type: object}}", *, name="orders", address="orders", key="Order", more=""):
    return f"  {name}:\n    address: {address}\n    messages: {{{key}: {message}}}\n{more}"


def told(*documents):
    return [(str(one.position).partition(":")[0], one.summary) for found in find_conflicts(documents) for one in found]


def rules(*documents):
    return [summary.partition(": ")[2].partition(" here and")[0] for _, summary in told(*documents)]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("{payload: {type: object}}", "{payload: {type: string}}", ["the schema of the payload of message 'Order'"]),
        ("{headers: {type: object}}", "{headers: {type: object, required: [a]}}", ["the schema of the headers of message 'Order'"]),
        ("{bindings: {kafka: {key: {type: string}}}}", "{bindings: {kafka: {key: {type: integer}}}}", ["the schema of the key of message 'Order'"]),
        ("{contentType: application/json}", "{contentType: application/xml}", ["the content type of message 'Order'"]),
        ("{name: A, payload: {type: object}}", "{name: B, payload: {type: string}}", []),
        ("{title: A, payload: {type: object}}", "{title: B, payload: {type: string}}", []),
        ("{payload: {type: object, description: a}}", "{payload: {description: b, type: object}}", []),
        ("{contentType: application/json}", "{contentType: 'Application/JSON; charset=utf-8'}", []),
        ("{name: A, contentType: application/json}", "{name: B, contentType: text/xml}", ["content types (text/xml and application/json)"]),
        ("{name: A, bindings: {kafka: {key: {type: string}}}}", "{name: B, bindings: {kafka: {key: {type: integer}}}}", ["the schemas of record keys"]),
        ("{payload: {schemaFormat: x/y, schema: 1}}", "{payload: {type: object}}", []),
    ],
)  # fmt: skip
def test_messages_of_one_name_are_compared(one, other, said):
    assert rules(document("a.yaml", channel(one)), document("b.yaml", channel(other))) == said


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("    x-asyncwatch: {sequence: {start: 1}}\n", "    x-asyncwatch: {sequence: {start: 2}}\n", ["rules for sequences and event times (x-asyncwatch)"]),
        ("    x-asyncwatch: {sequence: {start: 1}}\n", "", []),
        ("    x-asyncwatch: {ignore: [payload]}\n", "", ["the rules to ignore (x-asyncwatch)"]),
        ("    bindings: {kafka: {partitions: 3, replicas: 1}}\n", "    bindings: {kafka: {partitions: 4}}\n", ["partitions of the kafka binding"]),
        (
            "    bindings: {kafka: {topicConfiguration: {retention.ms: 5, cleanup.policy: [delete]}}}\n",
            "    bindings: {kafka: {topicConfiguration: {retention.ms: 6, cleanup.policy: [delete]}}}\n",
            ["topicConfiguration.retention.ms of the kafka binding"],
        ),
        ("    bindings: {kafka: {bindingVersion: 0.4.0}}\n", "    bindings: {kafka: {bindingVersion: 0.5.0}}\n", []),
    ],
)  # fmt: skip
def test_rules_and_bindings_are_compared(one, other, said):
    assert rules(document("a.yaml", channel(more=one)), document("b.yaml", channel(more=other))) == said


def test_exchanges_and_queues_are_compared_where_they_are_the_same_ones():
    def of(name, exchange):
        more = f"    bindings: {{amqp: {{exchange: {exchange}}}}}\n"
        return document(name, channel(more=more), "{production: {host: h, protocol: amqp}}")

    first = of("a.yaml", "{name: e, type: topic, durable: true}")
    assert rules(first, of("b.yaml", "{name: e, type: topic, durable: false}")) == [
        "durable of exchange 'e' of the amqp binding"
    ]
    assert rules(first, of("b.yaml", "{name: f, type: topic, durable: false}")) == []


def test_parameters_are_compared_by_their_place():
    def of(name, place, values):
        return document(
            name, channel(address=f"orders.{{{place}}}", more=f"    parameters: {{{place}: {{enum: {values}}}}}\n")
        )

    assert rules(of("a.yaml", "region", "[eu, us]"), of("b.yaml", "zone", "[us, eu]")) == []
    assert rules(of("a.yaml", "region", "[eu, us]"), of("b.yaml", "zone", "[us]")) == ["what parameter 'zone' allows"]


def test_a_conflict_stands_at_the_later_place_and_names_the_other_once():
    one = document("a.yaml", channel("{payload: {type: object}}"))
    other = document(
        "b.yaml", channel("{payload: {type: string}}") + channel("{payload: {type: string}}", name="again")
    )
    none, found = find_conflicts([one, other])
    assert none == ()
    assert [(str(finding.position), finding.rule, finding.severity) for finding in found] == [
        ("b.yaml:7:16", "document.conflict", "warning"),
        ("b.yaml:10:16", "document.conflict", "warning"),
    ]
    assert found[0].summary == (
        "address 'orders': the schema of the payload of message 'Order' here and at a.yaml:7:16 differ"
    )
    assert [len(contract.findings) for contract in with_conflicts([one, other])] == [0, 2]


def test_channels_of_one_document_are_compared_too():
    text = channel("{payload: {type: object}}") + channel("{payload: {type: string}}", name="again")
    assert rules(document("a.yaml", text)) == ["the schema of the payload of message 'Order'"]


def test_other_addresses_and_other_clusters_do_not_meet():
    one = document("a.yaml", channel("{payload: {type: object}}"))
    elsewhere = document(
        "b.yaml", channel("{payload: {type: string}}"), "{production: {host: 'i:9092', protocol: kafka}}"
    )
    assert told(one, elsewhere) == []
    assert told(one, document("b.yaml", channel("{payload: {type: string}}", address="others"))) == []
    same = document("b.yaml", channel("{payload: {type: string}}"), "{live: {host: 'H', protocol: kafka-secure}}")
    assert len(told(one, same)) == 1
    assert list(map(len, find_conflicts([one, elsewhere], lambda server: server.id))) == [0, 1]


def test_documents_without_servers_do_not_meet():
    one, other = (
        document(name, channel(f"{{payload: {{type: {kind}}}}}"), "{}")
        for name, kind in (("a.yaml", "object"), ("b.yaml", "string"))
    )
    assert told(one, other) == []
    both = channel("{payload: {type: object}}") + channel("{payload: {type: string}}", name="again")
    assert len(told(document("a.yaml", both, "{}"))) == 1


def test_many_channels_of_one_address_are_compared_in_time():
    text = "".join(channel(f"{{payload: {{const: {n}}}}}", name=f"c{n}") for n in range(300))
    assert len(told(document("a.yaml", text))) == 299
