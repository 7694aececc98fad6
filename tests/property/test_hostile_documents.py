"""Documents broken at random, text and references alike: lint and the start of a run end in time, and read only what they may."""

from __future__ import annotations

import json
import os
import re
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.contract.fetched import Fetched
from asyncwatch.contract.lint import lint_document
from asyncwatch.contract.load import load_contract
from asyncwatch.model.errors import Misconfigured
from asyncwatch.reading.web_address import WebAddress

LIMIT_S = 2.0
HOME = "/nowhere/documents"
NEW = """\
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0, tags: [{name: a}]}
defaultContentType: application/json
servers: {one: {host: 'a:9092', protocol: kafka, security: [{$ref: '#/components/securitySchemes/s'}]}}
channels:
  orders:
    address: 'orders.{region}'
    parameters: {region: {enum: [a, b]}}
    servers: [{$ref: '#/servers/one'}]
    messages:
      Order: {$ref: '#/components/messages/Order'}
      Other: {payload: {$ref: 'schemas.json#/defs/A'}, headers: {type: object, properties: {x: {type: string}}}}
operations:
  take: {action: receive, channel: {$ref: '#/channels/orders'}, messages: [{$ref: '#/channels/orders/messages/Order'}], traits: [{title: t}]}
components:
  securitySchemes: {s: {type: scramSha256}}
  messages:
    Order:
      contentType: application/json
      traits: [{$ref: '#/components/messageTraits/T'}]
      correlationId: {location: '$message.header#/id'}
      payload: {schemaFormat: 'application/vnd.aai.asyncapi;version=3.0.0', schema: {$ref: '#/components/schemas/S'}}
      examples: [{payload: {id: 1, next: {id: 2}}}]
  messageTraits: {T: {headers: {type: object, properties: {id: {type: string, format: uuid}}}}}
  schemas:
    S: {type: object, required: [id], properties: {id: {type: integer, format: int32}, next: {$ref: '#/components/schemas/S'}, e: {enum: [1, a, null]}}}
"""
OLD = """\
asyncapi: 2.6.0
info: {title: Orders, version: 1.0.0}
servers: {one: {url: '{host}:9092', protocol: kafka, variables: {host: {default: a, enum: [a]}}, security: [{s: []}]}}
channels:
  orders:
    parameters: {}
    publish: {operationId: p, message: {oneOf: [{$ref: '#/components/messages/A'}, {$ref: 'messages.yaml#/B'}]}}
    subscribe: {message: {payload: {type: string, pattern: '^a+$'}, bindings: {kafka: {key: {type: string}}}}}
components:
  securitySchemes: {s: {type: userPassword}}
  messages: {A: {messageId: a, payload: {oneOf: [{type: integer}, {type: string}], discriminator: x}, traits: [{tags: [{name: t}]}]}}
"""
FILES = {
    "schemas.json": json.dumps({"defs": {"A": {"type": "object", "properties": {"b": {"$ref": "messages.yaml#/B/payload"}}}}}),
    "messages.yaml": "B: {payload: {type: array, items: {$ref: 'schemas.json#/defs/A'}}}\nrecord: {type: record, name: R, fields: []}\n",
    "sub/deep.yaml": "x: {$ref: '../orders.yaml#/components'}\n",
}  # fmt: skip
REFERENCES = st.sampled_from(
    ["#", "#/", "#/components", "#/components/schemas/S", "#/channels/orders", "#/components/schemas/S/properties/next", "#/info", "#/a~1b",
     "#/%7Bx%7D", "#x", "", "schemas.json", "schemas.json#/defs", "messages.yaml#/B", "messages.yaml#/R", "sub/deep.yaml#/x/schemas/S", "sub",
     "./schemas.json#/defs/A/properties/b", "orders.yaml", "orders.yaml#/components", "none.yaml", "../../etc/passwd", "/etc/passwd", "file:///etc/passwd",
     "..%2f..%2fetc%2fpasswd", "http://h/x", "https://h/deep/y.yaml#/A", "https://h/../../z", "//h/x", "http://[", "//[::1", "file://[", "http://h:x/", "http:", "urn:a:b", "https://h/%2e%2e/x", "C:\\x", "a\0b", "\u2028", "x" * 9000, "#" + "/a" * 500]
) | st.text(st.characters(exclude_categories=["C"]), max_size=20)  # fmt: skip
WEB = {
    "/x": b"$ref: deep/y.yaml#/A",
    "/deep/y.yaml": b"A: {$ref: 'file:///etc/passwd'}\nB: {$ref: '../x'}",
    "/z": b"{}",
}
PIECES = st.sampled_from(
    ["\n", "  ", "{", "}", "[", "]", ": ", ", ", "- ", "*x", "&x ", "!t ", "'", '"', "$ref: ", "null", "true", "1", "-1", "1e400", "x-a: ", "<<: ",
     "asyncapi: ", "type: ", "oneOf: ", "traits: ", "\x00", "\u2028", "\ud7ff", "é", "9" * 400, "a" * 3000, "---\n", "#", "|", ">", "%", "$message.header#/"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["null", "true", "3", "-1.5", "[]", "{}", "[{}]", "[null]", "''", "a", "$ref", "{$ref: '#'}", "{$ref: 1}", "type", "x-y", "payload", "headers", "allOf",
     "'{a}{b}'", "'{'", "'*'", "'$message.payload#/a'", "application/json", "avro", "object", "[object, null]", "'application/vnd.apache.avro;version=1.9.0'"]
)  # fmt: skip
_REFERENCE = re.compile(r"\$ref: '[^']*'")
_WORD = re.compile(r"[A-Za-z0-9.]+")
CHANGES = st.lists(
    st.tuples(st.sampled_from(["cut", "drop", "insert", "repeat", "flip"]), st.floats(0, 1), st.floats(0, 0.2), PIECES),
    min_size=1,
    max_size=6,
)


def read_only_here(text: bytes):
    """Give what reads the files of the document, and fails for anything else that a reference may not reach."""

    def read(path: str) -> bytes:
        here = os.path.relpath(os.path.abspath(path), HOME)
        assert not here.startswith(".."), f"read {path}"
        if here == "orders.yaml":
            return text
        if here in FILES:
            return FILES[here].encode()
        raise FileNotFoundError(2, "No such file or directory", path)

    return read


def fetch_only_there(address: WebAddress) -> Fetched:
    assert address.scheme in {"http", "https"}
    return Fetched(WEB.get(address.path, b"x: 1"), str(address))


def judge(text: bytes) -> None:
    read = read_only_here(text)
    began_s = time.perf_counter()
    try:
        lint_document(f"{HOME}/orders.yaml", read, fetch=fetch_only_there)
    except Misconfigured as error:
        assert "orders.yaml" in str(error)
    try:
        load_contract(f"{HOME}/orders.yaml", read, fetch=fetch_only_there)
    except Misconfigured as error:
        assert "orders.yaml" in str(error)
    assert time.perf_counter() - began_s < 2 * LIMIT_S


def changed(text: str, changes: list[tuple[str, float, float, str]]) -> bytes:
    data = text
    for kind, where, length, piece in changes:
        at = int(where * len(data))
        end = at + int(length * len(data)) + 1
        match kind:
            case "cut":
                data = data[: max(at, 20)]
            case "drop":
                data = data[:at] + data[end:]
            case "insert":
                data = data[:at] + piece + data[at:]
            case "repeat":
                data = data[:end] + data[at:end] + data[end:]
            case "flip":
                data = data[:at] + piece[:1] + data[at + 1 :]
    return data.encode("utf-8", "surrogatepass")


@settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([NEW, OLD, json.dumps(json.loads('{"asyncapi": "3.0.0", "channels": {"a": {"address": "a"}}}'))]),
    CHANGES,
)
def test_a_document_whose_text_is_broken_anywhere_is_read_or_refused_in_time(text, changes):
    judge(changed(text, changes))


@settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([NEW, OLD]), st.lists(st.tuples(st.floats(0, 0.999), REFERENCES), min_size=1, max_size=5))
def test_references_to_anywhere_read_nothing_but_what_they_may_and_end_in_time(text, chosen):
    spans = [found.span() for found in _REFERENCE.finditer(text)]
    for index, reference in sorted(
        {int(where * len(spans)): reference for where, reference in chosen}.items(), reverse=True
    ):
        begin, end = spans[index]
        text = f"{text[:begin]}$ref: {json.dumps(reference, ensure_ascii=False)}{text[end:]}"
    judge(text.encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([NEW, OLD]), st.lists(st.tuples(st.floats(0, 0.999), WORDS), min_size=1, max_size=4))
def test_words_that_stand_where_others_belong_are_read_or_refused_in_time(text, chosen):
    spans = [found.span() for found in _WORD.finditer(text)][2:]  # the version stays
    for index, word in sorted({int(where * len(spans)): word for where, word in chosen}.items(), reverse=True):
        begin, end = spans[index]
        text = text[:begin] + word + text[end:]
    judge(text.encode())


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    REFERENCES, REFERENCES, REFERENCES,
    st.sampled_from(["schema+json;version=draft-07", "schema+json;version=2020-12", "schema+json;version=2019-09", "vnd.oai.openapi;version=3.0.0"]),
)  # fmt: skip
def test_identifiers_of_schemas_that_name_anything_read_nothing_but_what_they_may(
    identifier, reference, other, schema_format
):
    schema = {
        "$id": identifier, "type": "object", "$ref": other,
        "properties": {"a": {"$ref": reference}, "b": {"$anchor": "x", "$id": other, "items": {"$ref": reference}}},
    }  # fmt: skip
    message = {"payload": {"schemaFormat": f"application/{schema_format}", "schema": schema}}
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "a", "version": "1"},
        "channels": {"a": {"address": "a", "messages": {"m": message}}},
    }
    judge(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read_in_time(data):
    judge(data)
