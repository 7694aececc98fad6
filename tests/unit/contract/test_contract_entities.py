"""What servers, operations and messages of a contract hold beside addresses and schemas."""

from __future__ import annotations

import textwrap

import pytest

from asyncwatch.contract.entities import Match, Reply, SecurityScheme, ServerVariable
from asyncwatch.contract.load import load_contract
from asyncwatch.route import RouteSettings, compile_routes


def load(text):
    data = {"doc.yaml": textwrap.dedent(text).encode()}
    return load_contract("doc.yaml", data.__getitem__)


def said(contract):
    return [(finding.rule, finding.severity, finding.pointer) for finding in contract.findings]


def test_a_server_keeps_its_templates_and_variables():
    contract = load(
        """
        asyncapi: 3.0.0
        servers:
          a:
            host: '{name}.org:{port}'
            pathname: '/{vhost}'
            protocol: amqp
            protocolVersion: 0.9
            x-owner: {team: orders}
            variables:
              name: {default: broker, enum: [broker, spare]}
              port: {$ref: '#/components/serverVariables/port'}
              vhost: {}
        components: {serverVariables: {port: {default: 5672, enum: [5672, 5671]}}}
        channels: {a: {address: a}}
        """
    )
    (server,) = contract.servers.values()
    assert (server.host_template, server.path_template) == ("{name}.org:{port}", "/{vhost}")
    assert (server.host, server.path) == ("broker.org:5672", "/{vhost}")
    assert server.variables == (
        ServerVariable("name", "broker", ("broker", "spare")), ServerVariable("port", "5672", ("5672", "5671")),
        ServerVariable("vhost", None, None),
    )  # fmt: skip
    assert server.missing_variables == ("vhost",)
    assert server.protocol_version == "0.9"
    assert server.extensions == {"x-owner": {"team": "orders"}}
    assert said(contract) == [
        ("document.type", "warning", "/components/serverVariables/port/default"),
        ("document.server-variable", "error", "/servers/a/variables/vhost"),
        ("document.type", "warning", "/servers/a/protocolVersion"),
    ]


@pytest.mark.parametrize(
    ("url", "host", "path", "tls"),
    [
        ("host:9092", "host:9092", None, False), ("a:9092,b:9092", "a:9092,b:9092", None, False),
        ("kafka-secure://host:9093", "host:9093", None, True), ("mqtt://host/a/b", "host", "/a/b", False),
        ("wss://host/live?token=1", "host", "/live?token=1", True), ("ws://host?token=1", "host", None, False),
        ("[::1]:4222", "[::1]:4222", None, False), ("//host:1/x", "host:1", "/x", False),
    ],
)  # fmt: skip
def test_urls_of_version_2_have_a_host_with_or_without_a_scheme(url, host, path, tls):
    contract = load(f"asyncapi: 2.6.0\nservers: {{a: {{url: '{url}', protocol: any}}}}\nchannels: {{a: {{}}}}")
    server = contract.servers["a"]
    assert (server.host, server.path, server.tls, server.url) == (host, path, tls, url)


@pytest.mark.parametrize(
    ("version", "server", "where"),
    [
        ("3.0.0", "{host: 'kafka://h:1/p', protocol: kafka}", ("h:1", "/p")),
        ("3.0.0", "{host: 'h:1/p', pathname: /q, protocol: kafka}", ("h:1", "/q")),
        ("3.0.0", "{url: 'kafka://h:1', protocol: kafka}", ("h:1", None)),
        ("2.6.0", "{host: 'h:1', pathname: /p, protocol: kafka}", ("h:1", "/p")),
    ],
)
def test_servers_of_half_migrated_documents_are_read(version, server, where):
    contract = load(f"asyncapi: {version}\nservers: {{a: {server}}}\nchannels: {{a: {{address: a}}}}")
    (found,) = contract.servers.values()
    assert (found.host, found.path) == where
    migrated = ("url" in server) == (version == "3.0.0")
    assert [one.severity for one in contract.findings if one.rule == "document.server"] == ["warning"] * migrated


SCHEMES = """
components:
  securitySchemes:
    user: {type: userPassword}
    key: {type: httpApiKey, in: header, name: X-Key}
    token: {type: http, scheme: bearer, bearerFormat: JWT}
    grants: {type: oauth2, flows: {}}
    other: {$ref: '#/components/securitySchemes/user'}
    odd: 5
"""


def test_security_of_version_2_names_its_schemes():
    contract = load(
        """
asyncapi: 2.6.0
servers: {a: {url: h, protocol: ws, security: [{user: []}, {key: [], grants: [read, write]}, {none: []}, {odd: []}, 5]}}
channels: {a: {publish: {security: [{token: []}, {other: []}]}}}
"""
        + SCHEMES
    )
    assert contract.servers["a"].security == (
        SecurityScheme("user", "userPassword"),
        SecurityScheme("key", "httpApiKey", location="header", name="X-Key"),
        SecurityScheme("grants", "oauth2", scopes=("read", "write")),
    )
    (operation,) = contract.operations.values()
    assert operation.security == (
        SecurityScheme("token", "http", scheme="bearer"),
        SecurityScheme("other", "userPassword"),
    )
    assert said(contract) == [
        ("document.security", "warning", "/servers/a/security/2"),
        ("document.type", "error", "/components/securitySchemes/odd"),
        ("document.type", "error", "/servers/a/security/4"),
    ]


def test_security_of_version_3_refers_to_schemes_or_holds_them():
    contract = load(
        """
asyncapi: 3.0.0
servers: {a: {host: h, protocol: ws, security: [{$ref: '#/components/securitySchemes/user'}, {type: oauth2, scopes: [x]}, {$ref: '#/none'}]}}
channels: {a: {address: a}}
operations: {o: {action: send, channel: {$ref: '#/channels/a'}, security: [{$ref: '#/components/securitySchemes/key'}]}}
"""
        + SCHEMES
    )
    assert contract.servers["a"].security == (
        SecurityScheme("user", "userPassword"), SecurityScheme("oauth2", "oauth2", scopes=("x",)),
    )  # fmt: skip
    assert contract.operations["o"].security == (SecurityScheme("key", "httpApiKey", location="header", name="X-Key"),)
    assert said(contract) == [("document.reference", "error", "/servers/a/security/2")]


def test_a_reply_says_where_the_answer_is_expected():
    contract = load(
        """
        asyncapi: 3.0.0
        channels:
          ask: {address: ask, messages: {q: {payload: true}}}
          answer: {address: null, messages: {yes: {payload: true}, no: {payload: true}}}
        operations:
          all: {action: send, channel: {$ref: '#/channels/ask'}, reply: {$ref: '#/components/replies/r'}}
          one:
            action: send
            channel: {$ref: '#/channels/ask'}
            reply: {channel: {$ref: '#/channels/answer'}, messages: [{$ref: '#/channels/answer/messages/yes'}]}
          lost: {action: send, channel: {$ref: '#/channels/ask'}, reply: {channel: {$ref: '#/channels/none'}}}
          none: {action: send, channel: {$ref: '#/channels/ask'}, x-note: 1}
          odd: {action: send, channel: {$ref: '#/channels/ask'}, reply: {address: {location: anywhere}}}
        components:
          replies: {r: {address: {$ref: '#/components/replyAddresses/a'}, channel: {$ref: '#/channels/answer'}}}
          replyAddresses: {a: {location: $message.header#/replyTo}}
        """
    )
    replies = {name: one.reply for name, one in contract.operations.items()}
    assert replies == {
        "all": Reply("answer", "$message.header#/replyTo", ()), "one": Reply("answer", None, ("yes",)),
        "lost": Reply(None, None, ()), "none": None, "odd": Reply(None, None, ()),
    }  # fmt: skip
    assert contract.channels["answer"].address is None
    assert contract.operations["none"].extensions == {"x-note": 1}
    assert str(contract.operations["lost"].position) == "doc.yaml:12:3"
    assert [one for one in said(contract) if one[1] != "info"] == [
        ("document.reference", "error", "/operations/lost/reply/channel"),
        ("document.operation-channel", "error", "/operations/lost/reply/channel"),
        ("document.expression", "warning", "/operations/odd/reply/address/location"),
    ]


def message_of(text, version="3.0.0"):
    contract = load(f"asyncapi: {version}\nchannels:\n  a:\n    address: a\n    messages:\n      m: {text}\n")
    return contract, contract.channels["a"].messages[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{examples: [{payload: {a: 1}}, {name: n, headers: {h: x}}]}", [(None, {"a": 1}, None), ("n", None, {"h": "x"})]),
        ("{examples: {one: {payload: 1}, two: {headers: {}}}}", [("one", 1, None), ("two", None, {})]),
        ("{examples: [{one: {payload: 1}, two: {payload: null}}]}", [("one", 1, None), ("two", None, None)]),
        ("{examples: [{summary: s}, 5]}", [(None, None, None)]),
        ("{examples: 5}", []), ("{examples: null}", []), ("{}", []),
        ("{examples: [{payload: {$ref: '#/channels/a/messages/m/x-e'}}], x-e: {b: 2}}", [(None, {"b": 2}, None)]),
        ("{examples: [{payload: {$ref: '#/none'}}]}", [(None, {"$ref": "#/none"}, None)]),
    ],
)  # fmt: skip
def test_examples_are_read_as_real_documents_write_them(text, found):
    _, message = message_of(text)
    assert [(one.name, one.payload, one.headers) for one in message.examples] == found


def test_an_example_that_is_null_is_told_from_one_that_is_absent():
    _, message = message_of("{examples: [{payload: null}, {headers: null}]}")
    assert [(one.has_payload, one.has_headers) for one in message.examples] == [(True, False), (False, True)]
    assert str(message.examples[1].position) == "doc.yaml:6:39"


def test_what_tells_a_message_from_others_is_kept():
    contract, message = message_of(
        "{x-asyncwatch: {match: {location: $message.header#/type, value: created}}, x-own: [1]}"
    )
    assert [(one.rule, one.severity) for one in contract.findings] == [("document.extension", "info")]
    assert message.match == Match("$message.header#/type", "created")
    assert message.extensions["x-own"] == [1]


@pytest.mark.parametrize(
    "match", ["5", "{}", "{location: nowhere, value: 1}", "{location: $message.header#/a, value: [1]}", "{value: 1}"]
)
def test_a_broken_match_is_a_finding(match):
    contract, message = message_of(f"{{x-asyncwatch: {{match: {match}, sequence: {{start: 1}}}}}}")
    assert message.match is None
    assert message.ordering.start == 1
    assert [one.rule for one in contract.findings] == ["document.extension"]


def test_messages_of_version_2_are_known_by_what_names_them():
    contract = load(
        """
        asyncapi: 2.6.0
        channels:
          a:
            publish: {message: {oneOf: [{messageId: i, name: n}, {name: n}, {$ref: '#/components/messages/C'}, {}]}}
          b: {subscribe: {message: {$ref: '#/components/messages/C'}}}
        components: {messages: {C: {payload: true}}}
        """
    )
    assert [one.id for one in contract.channels["a"].messages] == ["i", None, "C", None]
    first, second = contract.channels["a"].messages[2], contract.channels["b"].messages[0]
    assert first.identity == second.identity != contract.channels["a"].messages[1].identity


def test_operations_of_one_name_are_all_kept():
    contract = load(
        "asyncapi: 2.6.0\nchannels: {a: {publish: {operationId: x}}, b: {publish: {operationId: x}}, c: {subscribe: {}}}"
    )
    assert [(one.id, one.channel) for one in contract.operations.values()] == [
        ("x", "a"), ("b:publish", "b"), ("c:subscribe", "c"),
    ]  # fmt: skip


def test_an_operation_without_messages_documents_none_of_them():
    contract = load(
        """
        asyncapi: 3.0.0
        servers: {s: {host: h, protocol: kafka}}
        channels: {a: {address: a, messages: {m: {payload: true}}}, b: {$ref: '#/components/channels/b'}}
        operations:
          none: {action: send, channel: {$ref: '#/channels/a'}, messages: []}
          all: {$ref: '#/components/operations/all'}
        components:
          channels: {b: {address: b, messages: {m: {payload: true}}}}
          operations: {all: {action: receive, channel: {$ref: '#/channels/a'}}}
        """
    )
    assert {name: one.messages for name, one in contract.operations.items()} == {"none": (), "all": ("m",)}
    a, b = compile_routes([contract], contract.servers, RouteSettings(), lambda _: "0").documented()
    assert (a.candidates[0].operation, b.candidates[0].operation) == ("all", None)


def test_extensions_of_document_and_channel_are_kept():
    contract = load("asyncapi: 3.0.0\nx-a: 1\nchannels: {a: {address: a, x-b: {c: [2]}}}")
    assert contract.channels["a"].extensions == {"x-b": {"c": [2]}}
    assert contract.extensions == {"x-a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "asyncapi: 3.0.0\nchannels: {a: {address: a, messages: {$ref: '#/none'}}}",
        "asyncapi: 3.0.0\nchannels: {a: {address: a, messages: [1]}}",
        "asyncapi: 2.6.0\nchannels: {a: {publish: {$ref: '#/none'}, subscribe: {message: {payload: true}}}}",
        "asyncapi: 2.6.0\nchannels: {a: {publish: 5}}",
        "asyncapi: 2.6.0\nchannels: {a: {publish: {message: {oneOf: {}}}}}",
        "asyncapi: 2.6.0\nchannels: {a: {publish: {message: {$ref: '#/none'}}}}",
    ],
)
def test_messages_that_cannot_be_read_are_unchecked_and_nobody_is_blamed(text):
    contract = load(text)
    lost = contract.channels["a"].messages[0]
    assert lost.payload.compiled is None
    assert lost.payload.reason
    assert any(one.severity == "error" for one in contract.findings)


def test_a_message_by_reference_may_be_one_of_several():
    contract = load(
        """
        asyncapi: 2.6.0
        channels: {a: {publish: {message: {$ref: '#/components/messages/any'}}}}
        components: {messages: {any: {oneOf: [{$ref: '#/components/messages/one'}, {name: two}]}, one: {payload: true}}}
        """
    )
    assert [one.key for one in contract.channels["a"].messages] == ["one", "two"]


def test_a_document_whose_references_were_resolved_beforehand_is_understood():
    contract = load(
        """
        asyncapi: 3.0.0
        servers: {s: &server {host: h, protocol: kafka}, t: {host: i, protocol: kafka}}
        channels:
          a: &channel {address: a, servers: [*server], messages: {m: &message {name: m}, n: {name: n}}}
          b: {address: b, servers: [{host: j, protocol: kafka}]}
        operations:
          o: {action: send, channel: *channel, messages: [*message]}
          p: {action: send, channel: {address: c}}
        """
    )
    assert contract.channels["a"].servers == ("s",)
    assert list(contract.channels) == ["a"]
    assert {name: (one.channel, one.messages) for name, one in contract.operations.items()} == {"o": ("a", ("m",))}
    assert said(contract) == [
        ("document.operation-channel", "warning", "/operations/o/channel"),
        ("document.operation-message", "warning", "/operations/o/messages/0"),
        ("document.operation-channel", "error", "/operations/p/channel"),
        ("document.channel-server", "warning", "/channels/a/servers/0"),
        ("document.channel-server", "error", "/channels/b/servers/0"),
    ]


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("{type: record, name: K, fields: [{name: id, type: long}]}", {"id": 1}, {"id": "x"}),
        ("{type: long}", 7, "x"), ("long", 7, "x"), ("{type: string, format: uuid}", None, "x"),
    ],
)  # fmt: skip
def test_the_key_of_an_avro_message_may_be_avro_too(key, good, bad):
    payload = "{schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record, name: P, fields: []}}"
    contract, message = message_of(
        f"{{payload: {payload}, contentType: application/json, bindings: {{kafka: {{key: {key}}}}}}}"
    )
    assert contract.findings == ()
    assert good is None or message.kafka_key.compiled.is_valid(good)
    assert not message.kafka_key.compiled.is_valid(bad)
