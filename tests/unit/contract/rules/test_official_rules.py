"""The rules of the official parser that a grammar cannot say: a hit, a near miss, the place."""

import pytest

V2 = "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\n"
V3 = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n"


def places(found):
    return [(severity, rule, place) for severity, rule, place, _ in found]


BROKEN = {
    "an example against its payload": (
        V2 + "channels:\n  a: {publish: {message: {payload: {properties: {n: {type: integer}}},\n"
        "    examples: [{payload: {n: 1}}, {payload: {n: x}}]}}}",
        [("error", "example", "5:46")],
    ),
    "an example against its headers": (
        V2 + "channels:\n  a: {publish: {message: {headers: {type: object, required: [h]},\n"
        "    examples: [{headers: {}}]}}}",
        [("error", "example", "5:17")],
    ),
    "formats are asserted in examples": (
        V2 + "channels:\n  a: {publish: {message: {payload: {type: string, format: uuid},\n"
        "    examples: [payload: none]}}}",
        [("error", "example", "5:16")],
    ),
    "an example of a trait": (
        V2 + "channels:\n  a: {publish: {message: {traits: [{headers: {type: object, required: [h]},\n"
        "    examples: [{headers: {}}]}]}}}",
        [("error", "example", "5:17")],
    ),
    "an example of a message that nobody uses": (
        V2 + "channels: {}\ncomponents:\n  messages:\n    M: {payload: {type: integer}, examples: [{payload: x}]}",
        [("error", "example", "6:47")],
    ),
    "tags of the root": (V2 + "tags: [{name: a}, {name: b}, {name: a}]\nchannels: {}", [("error", "duplicate-tag", "3:31")]),
    "tags of a server that are the same in every field": (
        V2 + "servers: {s: {url: x, protocol: kafka, tags: [{name: a}, {name: a}]}}\nchannels: {}",
        [("error", "duplicate-tag", "3:59")],
    ),
    "tags of a trait of a message": (
        V2 + "channels:\n  a: {publish: {message: {traits: [{tags: [{name: a}, {name: a}]}]}}}",
        [("error", "duplicate-tag", "4:56")],
    ),
    "a scheme that is not described": (
        V2 + "servers:\n  s: {url: x, protocol: kafka, security: [{login: []}]}\nchannels: {}",
        [("error", "security", "4:44")],
    ),
    "a scheme that an operation requires": (
        V2 + "channels:\n  a: {publish: {security: [{login: []}]}}",
        [("error", "security", "4:29")],
    ),
    "a scope that the scheme does not have": (
        V2 + "servers:\n  s: {url: x, protocol: kafka, security: [{login: [read, write]}]}\nchannels: {}\n"
        "components: {securitySchemes: {login: {type: oauth2, flows: {implicit: {scopes: {read: r}}}}}}",
        [("error", "security", "4:58")],
    ),
    "a placeholder without parameter in 2.x": (
        V2 + "channels:\n  'a/{b}/{c}':\n    parameters: {b: {schema: {type: string}}}",
        [("error", "parameter", "5:5")],
    ),
    "a parameter without placeholder in 2.x": (
        V2 + "channels:\n  'a/{b}':\n    parameters: {b: {}, c: {}}",
        [("error", "parameter", "5:25")],
    ),
    "a placeholder without parameter in 3.x": (
        V3 + "channels:\n  a: {address: 'x/{b}', parameters: {}}",
        [("error", "parameter", "4:25")],
    ),
    "a parameter without placeholder in 3.x": (
        V3 + "channels:\n  a: {address: null, parameters: {b: {}}}",
        [("error", "parameter", "4:35")],
    ),
    "an operationId that stands twice": (
        V2 + "channels:\n  a: {publish: {operationId: x}}\n  b: {subscribe: {operationId: x}}",
        [("error", "operation-id", "5:19")],
    ),
    "an operationId that a trait gives": (
        V2 + "channels:\n  a: {publish: {operationId: x, traits: [{operationId: y}]}}\n  b: {publish: {operationId: y}}",
        [("error", "operation-id", "5:17")],
    ),
    "a messageId that stands twice": (
        V2 + "channels:\n  a: {publish: {message: {oneOf: [{messageId: m, payload: {type: string}},\n"
        "    {messageId: m, payload: {type: integer}}]}}}",
        [("error", "message-id", "5:6")],
    ),
    "a messageId that is met twice": (
        V2 + "channels:\n  a: {publish: {message: {$ref: '#/components/messages/M'}}}\n"
        "  b: {publish: {message: {$ref: '#/components/messages/M'}}}\ncomponents:\n  messages:\n    M: {messageId: m}",
        [("error", "message-id", "8:9")],
    ),
    "a variable that is not described": (
        V2 + "servers:\n  s: {url: '{a}:{b}', protocol: kafka,\n    variables: {a: {}}}\nchannels: {}",
        [("error", "server-variable", "5:5")],
    ),
    "a variable that the url does not have, at a server that nobody uses": (
        V2 + "channels: {}\ncomponents:\n  servers:\n    s: {url: '{a}', protocol: kafka, variables: {a: {}, c: {}}}",
        [("error", "server-variable", "6:57")],
    ),
    "a query in a channel's name": (V2 + "channels:\n  a?b: {}", [("error", "address-delimiter", "4:3")]),
    "a fragment in a channel's name": (V2 + "channels:\n  'a#b': {}", [("error", "address-delimiter", "4:3")]),
    "a server that the document does not have": (
        V2 + "servers: {s: {url: x, protocol: kafka}}\nchannels:\n  a: {servers: [s, t]}",
        [("error", "channel-server", "5:20")],
    ),
    "a server of the components": (
        V3 + "channels:\n  a: {address: x, servers: [$ref: '#/components/servers/s']}\n"
        "components: {servers: {s: {host: x, protocol: kafka}}}",
        [("error", "channel-server", "4:29")],
    ),
    "an operation on a channel of the components": (
        V3 + "operations:\n  o: {action: send, channel: {$ref: '#/components/channels/c'}}\ncomponents: {channels: {c: {address: x}}}",
        [("error", "operation-channel", "4:21")],
    ),
    "an operation with a message of the components": (
        V3 + "channels: {c: {address: x, messages: {m: {$ref: '#/components/messages/m'}}}}\noperations:\n"
        "  o: {action: send, channel: {$ref: '#/channels/c'},\n    messages: [$ref: '#/components/messages/m']}\n"
        "components: {messages: {m: {payload: {type: string}}}}",
        [("error", "operation-message", "6:16")],
    ),
    "a text that is no Protobuf, in 2.x": (
        V2 + "channels:\n  a:\n    publish:\n      message:\n        schemaFormat: application/vnd.google.protobuf;version=3\n"
        "        payload: 'message {'",
        [("error", "schema", "8:9")],
    ),
    "a text that is no Protobuf, in 3.x": (
        V3 + "components:\n  schemas:\n    S: {schemaFormat: application/vnd.google.protobuf;version=3, schema: 'message {'}",
        [("error", "schema", "5:66")],
    ),
    "an Avro type that nobody declares, in 2.x": (
        V2 + "channels:\n  a:\n    publish:\n      message:\n        schemaFormat: application/vnd.apache.avro;version=1.9.0\n"
        "        payload: {type: record, name: R, fields: [{name: a, type: Unknown}]}",
        [("error", "schema", "8:61")],
    ),
    "a default at the top of a payload": (
        V2 + "channels:\n  a: {publish: {message: {payload: {type: object, default: 3}}}}",
        [("error", "schema-value", "4:51")],
    ),
    "an example of a schema of the components": (
        V2 + "channels: {}\ncomponents: {schemas: {S: {type: integer, examples: [1, true]}}}",
        [("error", "schema-value", "4:57")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_the_official_parser_refuses_is_an_error_at_its_place(found, case):
    text, expected = BROKEN[case]
    assert places(found(text)) == expected


FINE = {
    "examples that fit, with and without schemas": V2
    + "channels:\n  a: {publish: {message: {payload: {type: integer}, headers: {type: object},\n"
    "    examples: [{payload: 1, headers: {a: 1}}, {name: x}]}}}\n  b: {publish: {message: {examples: [{payload: x}]}}}",
    "equal tags of two lists": V2 + "tags: [{name: a}]\nchannels: {a: {publish: {tags: [{name: a}]}}}",
    "a scheme and a scope that exist": V2
    + "servers: {s: {url: x, protocol: kafka, security: [{login: [read]}, {key: []}]}}\nchannels: {}\n"
    "components: {securitySchemes: {key: {type: X509}, login: {type: oauth2, flows: {implicit: {scopes: {read: r}}}}}}",
    "every placeholder described": V2 + "channels: {'a/{b}/{c}': {parameters: {b: {}, c: {}}}}",
    "an unknown address": V3 + "channels: {a: {address: null, parameters: {}}}",
    "an identifier that another wins over": V2
    + "channels:\n  a: {publish: {operationId: x, traits: [{operationId: y}]}}\n  b: {publish: {operationId: x}}",
    "equal keys in two channels": V3
    + "channels:\n  a: {address: x, messages: {m: {payload: {type: string}}}}\n  b: {address: y, messages: {m: {payload: {type: string}}}}",
    "variables described": V2
    + "servers: {s: {url: '{a}', protocol: kafka, variables: {a: {default: x, enum: [x, y]}}}}\nchannels: {}",
    "references at the root": V3
    + "servers: {s: {host: x, protocol: kafka}}\nchannels:\n  'a/b': {address: x, servers: [$ref: '#/servers/s'], messages: {m: {}}}\n"
    "operations:\n  o: {action: send, channel: {$ref: '#/channels/a~1b'}, messages: [$ref: '#/channels/a%7E1b/messages/m']}",
    "references that lead nowhere are the grammar's": V3
    + "channels: {a: {$ref: '#/nowhere'}}\noperations: {o: {action: send, channel: {$ref: '#/channels/b'}}}",
    "defaults that fit": V2
    + "channels: {a: {publish: {message: {payload: {type: object, default: {}, properties: {n: {type: number, default: 1}}}}}}}",
}  # fmt: skip


@pytest.mark.parametrize("case", FINE)
def test_what_is_right_has_no_finding(found, case):
    assert found(FINE[case]) == []


def test_a_finding_names_the_field_and_what_was_expected(found):
    text = BROKEN["an example against its payload"][0]
    assert (
        found(text)[0][3]
        == "example 2 of message 'publish-1' of channel 'a', payload: /n is a string, integer expected"
    )
    text = BROKEN["a placeholder without parameter in 2.x"][0]
    assert found(text)[0][3] == "channel 'a/{b}/{c}' does not describe parameter 'c'"
    text = BROKEN["an operationId that stands twice"][0]
    assert found(text)[0][3] == "operationId 'x' is not unique, it stands in line 4 too"
    text = BROKEN["a server of the components"][0]
    assert (
        found(text)[0][3] == "channel 'a' names a server that does not stand below `servers`: '#/components/servers/s'"
    )


def test_no_value_of_an_example_is_told(found):
    text = V2 + "channels: {a: {publish: {message: {payload: {type: integer}, examples: [{payload: secret-value}]}}}}"
    assert "secret" not in found(text)[0][3]


def test_an_example_may_refer_to_a_value_of_another_file(found):
    text = (
        V2
        + "channels: {a: {publish: {message: {payload: {type: object, required: [n]}, examples: [{payload: {$ref: one.json}}]}}}}"
    )
    assert found(text, files={"one.json": '{"n": 1}'}.items()) == []
    assert places(found(text, files={"one.json": "{}"}.items())) == [("error", "example", "3:88")]


def test_dates_as_the_official_parser_takes_them_are_warnings(found):
    text = (
        V2
        + "channels: {a: {publish: {message: {payload: {type: string, format: date-time}, examples: [{payload: '%s'}]}}}}"
    )
    assert found(text % "2020-01-01T00:00:00Z") == []
    assert places(found(text % "2020-01-01 00:00:00")) == [("warning", "example", "3:92")]
    assert places(found(text % "yesterday")) == [("error", "example", "3:92")]
