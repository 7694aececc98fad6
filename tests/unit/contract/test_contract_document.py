"""Documents written here, small enough to see what each part becomes."""

from __future__ import annotations

import textwrap

import pytest

from asyncwatch.contract.load import load_contract
from asyncwatch.model.errors import Misconfigured
from asyncwatch.model.route import OrderingRule


def load(text, path="doc.yaml"):
    data = {path: textwrap.dedent(text).encode()}
    return load_contract(path, data.__getitem__)


def rules(contract):
    return [(finding.rule, finding.severity) for finding in contract.findings]


V3 = """
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
id: urn:example:orders
defaultContentType: application/json
servers:
  prod:
    host: '{name}.example.org:9092'
    protocol: kafka-secure
    variables: {name: {default: broker}}
    security: [{$ref: '#/components/securitySchemes/login'}, {type: plain}]
channels:
  orders:
    address: orders.{region}.v1
    parameters: {region: {enum: [eu, us]}}
    messages:
      created: {$ref: '#/components/messages/Created'}
      gone: {contentType: application/avro, payload: true}
    bindings: {kafka: {partitions: 3, topicConfiguration: {cleanup.policy: [compact]}}}
  replies: {messages: {}}
  other:
    address: other
    servers: [{$ref: '#/servers/prod'}]
operations:
  take:
    action: receive
    channel: {$ref: '#/channels/orders'}
    messages: [{$ref: '#/channels/orders/messages/created'}]
    reply: {channel: {$ref: '#/channels/replies'}}
  give: {action: send, channel: {$ref: '#/channels/orders'}}
  none: {action: send, channel: {$ref: '#/channels/other'}, messages: []}
components:
  securitySchemes: {login: {type: scramSha512}}
  messages:
    Created:
      name: OrderCreated
      title: Order created
      headers: {type: object, properties: {trace: {type: string}}}
      payload: {type: object, required: [id], properties: {id: {type: integer}}}
      correlationId: {location: $message.header#/cid}
      bindings: {kafka: {key: {type: string, format: uuid}}}
"""


def test_a_document_of_version_3_becomes_a_contract():
    contract = load(V3)
    assert rules(contract) == [("document.address-unknown", "info")]
    assert (contract.id, contract.title, contract.version) == ("urn:example:orders", "Orders", "1.0.0")
    assert (contract.spec_version, contract.default_content_type) == ("3.0.0", "application/json")
    server = contract.servers["prod"]
    assert (server.host, server.family, server.tls) == ("broker.example.org:9092", "kafka", True)
    assert [(one.id, one.type) for one in server.security] == [("login", "scramSha512"), ("plain", "plain")]
    orders = contract.channels["orders"]
    assert orders.address == "orders.{region}.v1"
    assert orders.pattern is not None
    assert orders.pattern.fullmatch("orders.eu.v1")["p0"] == "eu"
    assert orders.pattern.fullmatch("orders.eu.x.v1") is None
    assert orders.parameters[0].values == ("eu", "us")
    assert orders.servers == ()
    assert orders.directions == {"send", "receive"}
    assert orders.bindings["kafka"]["partitions"] == 3
    created, gone = orders.messages
    assert (created.key, created.name, created.title) == ("created", "OrderCreated", "Order created")
    assert created.payload.compiled.is_valid({"id": 1})
    assert not created.payload.compiled.is_valid({"id": "1"})
    assert created.headers.declared == ("trace",)
    assert not created.kafka_key.compiled.is_valid("x")
    assert created.correlation == "$message.header#/cid"
    assert created.content_type is None
    assert gone.content_type == "application/avro"
    assert contract.channels["replies"].address is None
    assert contract.channels["other"].servers == ("prod",)
    take, give, none = contract.operations.values()
    assert (take.action, take.messages, take.reply_channel, take.has_reply) == (
        "receive",
        ("created",),
        "replies",
        True,
    )
    assert give.messages == ("created", "gone")
    assert none.messages == ()


def test_positions_are_told_for_channels_and_messages():
    contract = load(V3)
    assert str(contract.channels["orders"].position) == "doc.yaml:13:3"
    assert str(contract.channels["orders"].messages[0].position) == "doc.yaml:17:7"


def test_version_2_is_told_from_the_applications_side():
    contract = load(
        """
        asyncapi: '2.6.0'
        info: {title: t, version: '1'}
        servers:
          a: {url: 'kafka-secure://host:9093/path', protocol: kafka-secure, security: [{login: []}, {none: []}]}
          b: {url: 'host:{port}', protocol: mqtt, variables: {port: {enum: ['1']}}}
        channels:
          orders:
            servers: [a]
            publish:
              operationId: take
              message: {oneOf: [{messageId: one, payload: {type: string}}, {name: two}, {$ref: '#/components/messages/T%7Bh%7D'}, {}]}
            subscribe: {message: {$ref: '#/components/messages/T{h}'}}
        components:
          securitySchemes: {login: {type: plain}}
          messages: {'T{h}': {payload: {type: integer}}}
        """
    )
    channel = contract.channels["orders"]
    assert channel.address == "orders"
    assert [message.key for message in channel.messages] == ["one", "two", "T{h}", "publish-4"]
    assert channel.directions == {"send", "receive"}
    take, give = contract.operations.values()
    assert (take.id, take.action, take.messages) == ("take", "receive", ("one", "two", "T{h}", "publish-4"))
    assert (give.id, give.action, give.messages) == ("orders:subscribe", "send", ("T{h}",))
    a, b = contract.servers.values()
    assert (a.host, a.path, a.tls, [one.type for one in a.security]) == ("host:9093", "/path", True, ["plain"])
    assert (b.host, b.missing_variables) == ("host:{port}", ("port",))
    assert rules(contract) == [("document.security", "warning"), ("document.server-variable", "error")]


@pytest.mark.parametrize("version", ["2.0.0", "2.3.7", "2.6.99", "3.0.0", "3.0.7", "3.1.0", "3.1.12", "3.0.0-rc1"])
def test_every_patch_of_the_known_versions_is_read(version):
    assert load(f"asyncapi: '{version}'\nchannels: {{a: {{}}}}").spec_version == version


def test_an_unknown_minor_of_version_3_is_read_with_a_warning():
    assert ("document.version", "warning") in rules(load("asyncapi: 3.7.0\nchannels: {a: {address: x}}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asyncapi: 1.2.0", "2.0 to 2.6"), ("asyncapi: 2.7.0", "2.0 to 2.6"), ("asyncapi: 4.0.0", "2.0 to 2.6"),
        ("asyncapi: new", "no version"), ("asyncapi: 3.0", "no text"), ("asyncapi: '3.0'", "no version"),
        ("openapi: 3.0.0", "is not an AsyncAPI document"), ("[1, 2]", "is not an AsyncAPI document"),
        ("text", "is not an AsyncAPI document"), ("", "empty"), ("asyncapi: [", "breaks off"),
    ],
)  # fmt: skip
def test_what_is_no_document_we_read_is_misconfigured(text, said):
    with pytest.raises(Misconfigured, match=said):
        load(text)


def test_a_key_that_stands_twice_is_a_finding_and_the_rest_is_read():
    contract = load("asyncapi: 3.0.0\nchannels: {a: {address: x}, a: {address: y}}")
    assert rules(contract) == [("document.duplicate-key", "error")]
    assert contract.channels["a"].address == "y"


def test_a_file_that_cannot_be_opened_is_misconfigured():
    def read(path):
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(Misconfigured, match=r"cannot read 'none.yaml': No such file"):
        load_contract("none.yaml", read)


def test_a_broken_part_switches_off_only_itself():
    contract = load(
        """
        asyncapi: 3.0.0
        servers: {bad: {host: 5}, good: {host: 'h:1', protocol: kafak}}
        channels:
          lost: {$ref: '#/components/channels/none'}
          list: [1]
          server: {address: s, servers: [{$ref: '#/servers/bad'}]}
          good:
            address: good
            messages:
              lost: {$ref: '#/components/messages/none'}
              type: {payload: {type: nope}}
              format: {payload: {schemaFormat: 'application/raml+yaml;version=1.0', schema: 'syntax'}}
              odd: {payload: {schemaFormat: text/none, schema: {}}}
              number: 5
              media: {contentType: nonsense, payload: {type: string}}
              wrong: {contentType: 5, name: [], correlationId: {location: nowhere}, payload: {type: string}}
        operations:
          a: {action: fly, channel: {$ref: '#/channels/good'}}
          b: {action: send, channel: {$ref: '#/channels/none'}}
          c: {action: send}
          d: {action: send, channel: {$ref: '#/channels/good'}, messages: [{$ref: '#/channels/good/messages/zz'}]}
        """
    )
    assert list(contract.channels) == ["good"]
    assert list(contract.servers) == ["good"]
    assert list(contract.operations) == ["d"]
    messages = {message.key: message for message in contract.channels["good"].messages}
    assert list(messages) == ["lost", "type", "format", "odd", "number", "media", "wrong"]
    for key in ("lost", "type", "format", "odd", "number"):
        assert messages[key].payload.compiled is None
        assert messages[key].payload.reason
    assert messages["format"].payload.reason.startswith("schema format ")
    assert messages["media"].payload.compiled is not None
    found = rules(contract)
    for expected in [
        ("document.type", "warning"), ("document.server", "error"), ("document.protocol", "info"),
        ("document.reference", "error"), ("document.type", "error"), ("document.channel-server", "error"),
        ("document.schema", "error"), ("document.schema-format", "info"), ("document.schema-format", "warning"),
        ("document.content-type", "warning"), ("document.expression", "warning"), ("document.operation", "error"),
        ("document.operation-channel", "error"), ("document.reference", "error"),
    ]:  # fmt: skip
        assert expected in found
    near = next(one for one in contract.findings if one.rule == "document.protocol")
    assert "did you mean 'kafka'?" in near.summary
    broken = next(one for one in contract.findings if one.rule == "document.schema")
    assert (broken.pointer, str(broken.position)) == ("/channels/good/messages/type/payload/type", "doc.yaml:12:24")


def test_a_document_without_a_usable_channel_still_loads():
    assert rules(load("asyncapi: 3.0.0")) == [("document.no-channel", "warning")]
    assert rules(load("asyncapi: 2.0.0\nchannels: 5")) == [
        ("document.type", "error"),
        ("document.no-channel", "warning"),
    ]


def test_parameters_and_placeholders_must_agree():
    contract = load(
        """
        asyncapi: 2.0.0
        channels:
          a.{x}.{y}: {parameters: {x: {schema: {enum: [1, b]}}, z: {schema: {type: string}}}}
          b{x}{y}: {}
        """
    )
    assert list(contract.channels) == ["a.{x}.{y}"]
    assert contract.channels["a.{x}.{y}"].parameters[0].values == ("1", "b")
    assert rules(contract) == [
        ("document.parameter", "warning"), ("document.parameter", "warning"), ("document.address", "error"),
    ]  # fmt: skip


def test_a_binding_that_names_the_topic_wins_over_address_and_key():
    contract = load(
        """
        asyncapi: 2.6.0
        servers: {k: {url: h, protocol: kafka}, n: {url: h, protocol: nats}}
        channels:
          orders:Created: {servers: [k], bindings: {kafka: {topic: orders}, nats: {subject: no}}}
          gone:Cancelled: {servers: [n], bindings: {nats: {subject: 'gone.{id}'}}}
          billing: {servers: [k], bindings: {nats: {subject: no}}}
        """
    )
    assert [channel.address for channel in contract.channels.values()] == ["orders", "gone.{id}", "billing"]


def test_the_extension_becomes_an_ordering_rule():
    contract = load(
        """
        asyncapi: 3.0.0
        channels:
          a:
            address: a
            x-asyncwatch:
              sequence: {location: $message.header#/sequence_id, key: $message.payload#/accountId, start: 1, step: 2}
              event-time: {location: '$message.header#/timestamp', unit: ms, allowed-lateness: PT5S}
              ignore: [payload.schema, sequence]
              quiet: true
              window: 50
              lost-after: 2m
            messages:
              m: {x-asyncwatch: {sequence: {location: $message.payload#/n}}, payload: {type: object}}
        """
    )
    assert contract.findings == ()
    channel = contract.channels["a"]
    assert channel.ordering == OrderingRule(
        location="$message.header#/sequence_id", key="$message.payload#/accountId", start=1, step=2, window=50,
        lost_after_s=120.0, event_time="$message.header#/timestamp", event_time_unit="ms", allowed_lateness_s=5.0,
    )  # fmt: skip
    assert channel.ignored_rules == {"payload.schema", "sequence"}
    assert channel.quiet
    assert channel.messages[0].ordering == OrderingRule(location="$message.payload#/n")


def test_faults_of_the_extension_are_findings_and_the_rest_counts():
    contract = load(
        """
        asyncapi: 3.0.0
        channels:
          a:
            address: a
            x-asyncwatch:
              sequence: {location: nowhere, step: 0, start: 3, stop: 4}
              event-time: [1]
              ignore: [nothing, payload.schema, 5]
              quiet: 1
              match: {location: $message.header#/t, value: x}
              colour: red
          b: {address: b, x-asyncwatch: 5}
        """
    )
    assert contract.channels["a"].ordering == OrderingRule(start=3)
    assert contract.channels["a"].ignored_rules == {"payload.schema"}
    faults = [one for one in contract.findings if one.rule == "document.extension"]
    assert len(faults) == 8
    assert faults[0].pointer == "/channels/a/x-asyncwatch/sequence/location"
    assert all(one.severity == "warning" for one in faults)


def test_equal_schemas_have_one_identity_and_different_ones_do_not():
    contract = load(
        """
        asyncapi: 3.0.0
        channels:
          a:
            address: a
            messages:
              ref: {payload: {$ref: '#/components/schemas/A'}}
              same: {payload: {required: [y, x], properties: {m: {type: object, properties: {c: {type: string}}}}, title: other}}
              more: {payload: {required: [x, y, z], properties: {m: {$ref: '#/components/schemas/M'}}}}
              tree: {payload: {$ref: '#/components/schemas/T'}}
              wood: {payload: {$ref: '#/components/schemas/W'}}
              bush: {payload: {$ref: '#/components/schemas/B'}}
        components:
          schemas:
            A: {required: [x, y], description: d, properties: {m: {$ref: '#/components/schemas/M'}}}
            M: {type: object, properties: {c: {$ref: '#/components/schemas/S'}}}
            S: {type: string, examples: [a]}
            T: {properties: {next: {$ref: '#/components/schemas/T'}, v: {type: integer}}}
            W: {properties: {v: {type: integer}, next: {$ref: '#/components/schemas/W'}}}
            B: {properties: {v: {type: string}, next: {$ref: '#/components/schemas/B'}}}
        """
    )
    assert contract.findings == ()
    identity = {message.key: message.payload.identity for message in contract.channels["a"].messages}
    assert identity["ref"] == identity["same"] != identity["more"]
    assert identity["tree"] == identity["wood"] != identity["bush"]


def test_a_schema_format_beside_the_payload_is_tolerated_in_version_3():
    contract = load(
        """
        asyncapi: 3.0.0
        channels: {a: {address: a, messages: {m: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', payload: {type: record}}}}}
        """
    )
    (message,) = contract.channels["a"].messages
    assert message.payload.compiled is None
    assert ("document.schema-format-place", "warning") in rules(contract)


@pytest.mark.parametrize(
    ("schema_format", "schema", "good", "bad"),
    [
        ("application/schema+json;version=draft-04", "{minimum: 1, exclusiveMinimum: true}", 2, 1),
        ("application/schema+yaml;version=draft-06", "{exclusiveMinimum: 1}", 2, 1),
        ("application/schema;version=draft-07", "{if: {minimum: 5}, then: {maximum: 9}}", 7, 10),
        ("application/schema+json;version=2019-09", "{$ref: '#/components/schemas/N', maximum: 9}", 7, 10),
        ("application/schema+json;version=draft-2020-12", "{prefixItems: [{type: string}]}", ["a"], [1]),
        ("application/vnd.aai.asyncapi+yaml;version=2.2.0", "{$ref: '#/components/schemas/N', maximum: 9}", 10, "a"),
        ("APPLICATION/VND.AAI.ASYNCAPI", "{type: integer}", 1, "a"),
    ],
)
def test_every_json_schema_dialect_is_judged_by_its_own_rules(schema_format, schema, good, bad):
    contract = load(
        f"""
        asyncapi: 3.1.0
        channels: {{a: {{address: a, messages: {{m: {{payload: {{schemaFormat: '{schema_format}', schema: {schema}}}}}}}}}}}
        components: {{schemas: {{N: {{type: number}}}}}}
        """
    )
    (message,) = contract.channels["a"].messages
    assert contract.findings == ()
    assert message.payload.format == schema_format
    assert message.payload.compiled.is_valid(good)
    assert not message.payload.compiled.is_valid(bad)
