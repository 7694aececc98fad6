"""The rules that the official parser lacks: they warn, name the place, and keep quiet about what is fine."""

import pytest

V2 = "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\n"
V3 = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n"


def payload(schema):
    return V3 + "channels:\n  c:\n    address: x\n    messages:\n      m:\n        payload: " + schema


WARNED = {
    "tags of info in 3.x": (
        "asyncapi: 3.0.0\ninfo: {title: t, version: '1', tags: [{name: a}, {name: a, description: b}]}\n", [("duplicate-tag", "2:51")],
    ),
    "tags of a server": (
        V2 + "servers: {s: {url: x, protocol: kafka, tags: [{name: a}, {name: a, description: b}]}}\nchannels: {}",
        [("duplicate-tag", "3:59")],
    ),
    "a patch that was never published": ("asyncapi: 3.0.7\ninfo: {title: t, version: '1'}\n", [("version", "1:1")]),
    "a query in an address of 3.x": (V3 + "channels: {a: {address: 'x?y'}}", [("address-delimiter", "3:16")]),
    "a query in a key of 3.x": (V3 + "channels: {'a?': {address: x}}", [("address-delimiter", "3:12")]),
    "placeholders without parameters": (V3 + "channels: {a: {address: 'x/{y}'}}", [("parameter", "3:16")]),
    "a parameter that an address without placeholders cannot have": (
        V2 + "channels: {a: {parameters: {b: {}}}}", [("parameter", "3:29")],
    ),
    "variables of a 3.x server": (
        V3 + "servers: {s: {host: '{a}', pathname: '/{b}', protocol: kafka, variables: {b: {}, c: {}}}}",
        [("server-variable", "3:63"), ("server-variable", "3:82")],
    ),
    "placeholders of a server without variables": (
        V3 + "servers: {s: {host: x, pathname: '/{b}', protocol: kafka}}", [("server-variable", "3:24")],
    ),
    "a default that is none of the values": (
        V2 + "servers: {s: {url: '{a}', protocol: kafka, variables: {a: {default: x, enum: [y]}}}}\nchannels: {}",
        [("server-variable", "3:60")],
    ),
    "a scope in 3.x": (
        V3 + "servers: {s: {host: x, protocol: kafka, security: [$ref: '#/components/securitySchemes/o']}}\n"
        "components: {securitySchemes: {o: {type: oauth2, scopes: [a, b], flows: {implicit: {availableScopes: {a: x}}}}}}",
        [("security", "4:62")],
    ),
    "a reply with two addresses": (
        V3 + "channels: {c: {address: x}}\noperations: {o: {action: send, channel: {$ref: '#/channels/c'},\n"
        "  reply: {address: {location: $message.header#/r}, channel: {$ref: '#/channels/c'}}}}",
        [("reply", "5:11")],
    ),
    "a reply on a channel of the components with a message of another": (
        V3 + "channels: {c: {address: x, messages: {m: {payload: {type: string}}}}}\n"
        "operations: {o: {action: send, channel: {$ref: '#/channels/c'},\n"
        "  reply: {channel: {$ref: '#/components/channels/r'}, messages: [$ref: '#/channels/c/messages/m']}}}\n"
        "components: {channels: {r: {address: y}}}",
        [("reply", "5:11"), ("reply", "5:66")],
    ),
    "an example in 3.x": (
        V3 + "channels: {c: {address: x, messages: {m: {payload: {type: integer}, examples: [{payload: x}]}}}}",
        [("example", "3:81")],
    ),
    "an example against the headers of a trait": (
        V2 + "channels: {a: {publish: {message: {traits: [{headers: {type: object, required: [h]}}], examples: [{headers: {}}]}}}}",
        [("example", "3:100")],
    ),
    "an example of a trait against the payload": (
        V2 + "channels: {a: {publish: {message: {payload: {type: integer}, traits: [{examples: [{payload: x}]}]}}}}",
        [("example", "3:84")],
    ),
    "a default inside a payload": (
        payload("{type: object, properties: {a: {type: string, default: 3}}}"), [("schema-value", "8:64")],
    ),
    "an example of a schema that is text": (
        V2 + "channels: {}\ncomponents: {schemas: {S: {type: integer, examples: [x]}}}", [("schema-value", "4:54")],
    ),
    "an expression without a fragment": (
        V3 + "channels: {c: {address: x, messages: {m: {correlationId: {location: $message.header}}}}}",
        [("expression", "3:59")],
    ),
    "a pattern that is none": (payload("{type: string, pattern: '('}"), [("pattern", "8:33")]),
    "a misspelt keyword": (payload("{type: object, requried: [a]}"), [("schema-keyword", "8:33")]),
    "a keyword in wrong case": (payload("{allof: []}"), [("schema-keyword", "8:19")]),
    "a keyword about another type": (payload("{type: string, minimum: 3}"), [("schema-keyword", "8:33")]),
    "a keyword of a newer dialect": (payload("{type: array, prefixItems: []}"), [("schema-keyword", "8:32")]),
    "nullable": (payload("{type: string, nullable: true}"), [("schema-keyword", "8:33")]),
    "keywords beside a reference": (
        payload("{properties: {a: {$ref: '#/components/schemas/S', minLength: 3, nullable: true}}}")
        + "\ncomponents: {schemas: {S: {type: string}}}",
        [("schema-keyword", "8:68")],
    ),
    "bounds that cross": (payload("{minimum: 5, maximum: 3}"), [("schema-contradiction", "8:31")]),
    "bounds that meet": (payload("{exclusiveMinimum: 3, maximum: 3}"), [("schema-contradiction", "8:40")]),
    "lengths that cross": (payload("{type: string, minLength: 5, maxLength: 3}"), [("schema-contradiction", "8:47")]),
    "a constant of another type": (payload("{type: string, const: 3}"), [("schema-contradiction", "8:33")]),
    "a constant that enum does not have": (payload("{enum: [1, 2], const: 3}"), [("schema-contradiction", "8:33")]),
    "a value of another type": (payload("{type: string, enum: [a, null]}"), [("schema-contradiction", "8:43")]),
    "a required name that a closed object does not have": (
        payload("{type: object, additionalProperties: false, properties: {a: {}}, required: [a, b]}"),
        [("schema-contradiction", "8:97")],
    ),
    "a closed part of allOf": (
        payload("{allOf: [{additionalProperties: false, properties: {a: {}}}, {properties: {b: {}}}]}"),
        [("schema-contradiction", "8:28")],
    ),
    "equal branches": (payload("{oneOf: [{type: string}, {type: string}]}"), [("schema-contradiction", "8:43")]),
    "a discriminator that is not described": (
        payload("{discriminator: kind, type: object}"), [("discriminator", "8:19")],
    ),
    "a schema that leads back to itself": (
        V3 + "components:\n  schemas:\n    A: {oneOf: [$ref: '#/components/schemas/B']}\n    B: {allOf: [$ref: '#/components/schemas/A']}",
        [("schema-loop", "5:5")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNED)
def test_what_only_we_mind_is_a_warning_at_its_place(found, case):
    text, expected = WARNED[case]
    assert [(severity, rule, place) for severity, rule, place, _ in found(text)] == [
        ("warning", *one) for one in expected
    ]


FINE = {
    "a recursive schema": V3
    + "components: {schemas: {T: {type: object, properties: {next: {$ref: '#/components/schemas/T'}}}}}",
    "nullable with null": payload("{type: [string, 'null'], nullable: true}"),
    "numbers of either kind": payload("{type: number, enum: [1, 2.5], minimum: 1, maximum: 1}"),
    "an integer written as a fraction": payload("{type: integer, const: 1.0}"),
    "keywords for one of several types": payload("{type: [string, integer], minimum: 1, maxLength: 3}"),
    "own keywords": payload("{type: string, x-minimum: 3, something: 3, $schema: 'http://json-schema.org/draft-07/schema#'}"),
    "newer keywords in a newer dialect": payload(
        "{schemaFormat: application/schema+json;version=2020-12, schema: {type: array, prefixItems: []}}"
    ),
    "another language": payload("{schemaFormat: 'application/vnd.oai.openapi;version=3.0.0', schema: {type: string, nullable: true}}"),
    "names that patterns take in": payload(
        "{additionalProperties: false, properties: {a: {}}, patternProperties: {'^b': {}}, required: [a, b1]}"
    ),
    "remarks beside a reference": payload("{properties: {a: {$ref: '#/components/schemas/S', description: d, x-a: 1}}}")
    + "\ncomponents: {schemas: {S: {type: string}}}",
    "keywords beside a reference in a newer dialect": payload(
        "{schemaFormat: application/schema+json;version=2020-12, schema: {properties: {\n"
        "          a: {$ref: '#/components/schemas/S', minLength: 3}}}}"
    )
    + "\ncomponents: {schemas: {S: {type: string}}}",
    "an open part of allOf": payload("{allOf: [{properties: {a: {}}}, {properties: {b: {}}, required: [b]}]}"),
    "a discriminator of a parent": payload(
        "{discriminator: kind, type: object, required: [kind], properties: {kind: {type: string}}}"
    ),
    "a discriminator that every branch describes": payload(
        "{discriminator: kind, oneOf: [{required: [kind], properties: {kind: {const: a}}},\n"
        "          {allOf: [{required: [kind], properties: {kind: {const: b}}}]}]}"
    ),
    "an expression with a fragment": V3
    + "channels: {c: {address: x, messages: {m: {correlationId: {location: $message.header#/id}}}}}",
    "a reply to an address that is learned": V3
    + "channels: {c: {address: x}, r: {address: null}}\noperations: {o: {action: send, channel: {$ref: '#/channels/c'},\n"
    "  reply: {address: {location: $message.header#/r}, channel: {$ref: '#/channels/r'}}}}",
    "names and constants in properties are not keywords": payload("{properties: {requried: {type: string}, minimum: {type: string}}}"),
}  # fmt: skip


@pytest.mark.parametrize("case", FINE)
def test_what_is_fine_has_no_finding(found, case):
    assert found(FINE[case]) == []


def test_look_around_is_told_as_information(found):
    assert [one[:3] for one in found(payload("{type: string, pattern: '(?=a)b'}"))] == [("info", "pattern", "8:33")]


def test_findings_say_what_to_think_of(found):
    [one] = found(payload("{type: object, requried: [a]}"))
    assert one[3] == "payload of message 'm': 'requried' is no keyword and says nothing, did you mean 'required'?"
    [one] = found(payload("{discriminator: kind, type: object, properties: {kind: {type: integer}}}"))
    assert one[3] == "payload of message 'm': the discriminator's property 'kind' is no string and is not required"
    [one] = found(payload("{allOf: [{additionalProperties: false, properties: {a: {}}}, {required: [b]}]}"))
    assert one[3] == (
        "payload of message 'm': 'b' is required and is none of the properties of a part with "
        "additionalProperties: false: no object fits"
    )


def test_examples_of_a_schema_without_an_end_are_not_tried(found):
    text = (
        V3 + "components:\n  schemas:\n    A: {oneOf: [$ref: '#/components/schemas/B'], examples: [{}]}\n"
        "    B: {allOf: [$ref: '#/components/schemas/A']}"
    )
    assert [rule for _, rule, _, _ in found(text)] == ["schema-loop"]
