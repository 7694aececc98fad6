"""Messages with marked values in every place that a producer fills, and a search for the marks in whatever comes out.

Not marked is what is told by design: the CloudEvents id, source and type, the headers by which producers introduce
themselves, trace ids, and addresses that no document describes.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Iterator, Mapping

MARK = "Kq7Canary9Zx"
NUMBER = 7391846205518
_RAW = MARK.encode()
_SPELLINGS = {
    "plain": _RAW.lower(),
    "hex": _RAW.hex().encode(),
    "number": str(NUMBER).encode(),
    "decimal number": b"7391846205.518",
    "number in hex": f"{NUMBER:x}".encode(),
    "UTF-16": MARK.lower().encode("utf-16-le"),
    "backwards": MARK.lower()[::-1].encode(),
}
_BASE64 = {base64.b64encode(b"\0" * shift + _RAW)[4 if shift else 0 :][:12] for shift in range(3)}


def marks_in(text: bytes) -> list[str]:
    """Name how the marks stand in a text, if they do."""
    folded = text.lower()
    found = [name for name, spelling in _SPELLINGS.items() if spelling in folded]
    return found + ["base64" for one in _BASE64 if one in text]


NAMES = ("json", "several", "avro", "protobuf", "msgpack", "cbor", "xml", "text", "form", "raw", "lines", "events")

DOCUMENT = """
asyncapi: 3.0.0
info: {title: Canary, version: 1.0.0}
defaultContentType: application/json
servers:
  production: {host: '127.0.0.1:9092', protocol: kafka}
channels:
  json: {address: json, messages: {Json: {$ref: '#/components/messages/Json'}}}
  several:
    address: several
    messages:
      Paid: {payload: {type: object, required: [kind], properties: {kind: {const: paid}, amount: {type: number}}}}
      Sent: {payload: {type: object, required: [kind], properties: {kind: {const: sent}, to: {type: string, maxLength: 3}}}}
  avro:
    address: avro
    messages:
      Avro:
        contentType: application/avro
        payload:
          schemaFormat: 'application/vnd.apache.avro;version=1.9.0'
          schema: {type: record, name: R, fields: [{name: a, type: string}, {name: b, type: int}]}
  protobuf:
    address: protobuf
    messages:
      Protobuf:
        contentType: application/x-protobuf
        payload:
          schemaFormat: 'application/vnd.google.protobuf;version=3'
          schema: 'syntax = "proto3"; message P { string a = 1; int64 b = 2; map<string, string> c = 3; }'
  msgpack: {address: msgpack, messages: {Msgpack: {contentType: application/msgpack, payload: {$ref: '#/components/schemas/Strict'}}}}
  cbor: {address: cbor, messages: {Cbor: {contentType: application/cbor, payload: {$ref: '#/components/schemas/Strict'}}}}
  xml: {address: xml, messages: {Xml: {contentType: application/xml, payload: {$ref: '#/components/schemas/Strict'}}}}
  text: {address: text, messages: {Text: {contentType: text/plain, payload: {type: string, maxLength: 4}}}}
  form: {address: form, messages: {Form: {contentType: application/x-www-form-urlencoded, payload: {$ref: '#/components/schemas/Strict'}}}}
  raw: {address: raw, messages: {Raw: {contentType: application/octet-stream, payload: {type: string, maxLength: 4}}}}
  lines: {address: lines, messages: {Lines: {contentType: application/x-ndjson, payload: {$ref: '#/components/schemas/Strict'}}}}
  events: {address: events, messages: {Event: {contentType: application/cloudevents+json, payload: {$ref: '#/components/schemas/Strict'}}}}
components:
  messages:
    Json:
      bindings: {kafka: {key: {type: string, maxLength: 4}}}
      headers:
        type: object
        additionalProperties: false
        required: [tenant]
        properties: {tenant: {type: string, maxLength: 4}, retries: {type: integer}, sequence_id: {type: integer}}
      payload: {$ref: '#/components/schemas/Strict'}
  schemas:
    Strict:
      type: object
      required: [id]
      additionalProperties: false
      patternProperties: {'^x-': {type: integer}}
      properties:
        id: {type: integer, maximum: 5}
        name: {type: string, pattern: '^[a-z]*$', maxLength: 3}
        status: {enum: [new, paid]}
        fixed: {const: 1}
        mail: {type: string, format: email}
        tags: {type: array, items: {type: string, maxLength: 2}, uniqueItems: true}
        map: {type: object, additionalProperties: {type: integer}, propertyNames: {maxLength: 3}}
        pay: {oneOf: [{title: Card, required: [number], properties: {number: {type: integer}}}, {type: 'null'}]}
        none: false
operations:
  send: {action: send, channel: {$ref: '#/channels/json'}}
"""  # fmt: skip


def _json_payloads() -> Iterator[bytes]:
    for wrong in (
        {"id": MARK}, {"id": NUMBER}, {"id": 7391846205.518}, {"id": 1, "name": MARK}, {"id": 1, "status": MARK},
        {"id": 1, "fixed": MARK}, {"id": 1, "mail": MARK}, {"id": 1, "tags": [MARK, MARK, 7]}, {"id": 1, MARK: MARK},
        {"id": 1, "x-" + MARK: MARK}, {"id": 1, "map": {MARK: MARK, "b": {MARK: [MARK]}}}, {"id": 1, "none": MARK},
        {"id": 1, "pay": {"number": MARK, MARK: 1}}, {MARK: {MARK: [{MARK: NUMBER}]}}, [MARK], {"id": {MARK: MARK}},
        {"kind": MARK}, {"kind": "paid", "amount": MARK, MARK: 1}, {"kind": "sent", "to": MARK},
        {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "subject": MARK, "data": {"id": MARK}, "ext": MARK},
        {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data_base64": base64.b64encode(_RAW).decode()},
    ):  # fmt: skip
        yield json.dumps(wrong).encode()
    right = json.dumps({"id": 1, "name": MARK}).encode()
    yield right[:-1]
    yield right[:-4]
    yield right + _RAW
    yield b"\xef\xbb\xbf" + right
    yield b'{"id": 1, "%s": 1, "%s": 2}' % (_RAW, _RAW)
    yield b'{"id": NaN, "name": "%s"}' % _RAW
    yield b'{"id": 1e999, "%s": Infinity}' % _RAW
    yield b'{"id": 1, "name": "%s\\ud800"}' % _RAW
    yield b'{"%s\\ud800": 1}' % _RAW
    yield b'{"id": %d%s}' % (NUMBER, b"0" * 40)
    yield b'{"id": "%s\xff"}' % _RAW
    yield b'{"id": 1, "name": "%s\x01"}' % _RAW
    yield b"[" * 3_000 + b'"%s"' % _RAW + b"]" * 3_000
    yield b"\n".join([right, b'{"%s' % _RAW, b"%s" % _RAW])
    yield _RAW
    yield b""


def _binary_payloads() -> Iterator[bytes]:
    """Bytes that are right, or nearly, in some other format or frame."""
    text = struct.pack("B", 2 * len(_RAW)) + _RAW
    yield text + b"\x02"  # Avro
    yield text
    yield text + b"\x02" + _RAW
    yield b"\xc3\x01" + _RAW[:8] + text + b"\x02"
    for schema_id in (1, int.from_bytes(_RAW[:4], "big")):
        yield b"\0" + struct.pack(">I", schema_id) + text + b"\x02"
        yield b"\0" + struct.pack(">I", schema_id) + b"\x00\x0a" + bytes([len(_RAW)]) + _RAW
    yield b"\0" + _RAW
    yield b"\x03\x00" + _RAW + _RAW  # Glue
    yield b"\x01" + _RAW + _RAW  # header ids
    yield b"\x0a" + bytes([len(_RAW)]) + _RAW  # Protobuf
    yield b"\x0a\x7f" + _RAW
    yield b"\x7a" + bytes([len(_RAW)]) + _RAW
    yield b"\x10" + _RAW
    yield bytes([0x81, 0xA2]) + b"id" + bytes([0xA0 + len(_RAW)]) + _RAW  # MessagePack
    yield bytes([0x82, 0xA2]) + b"id\x01" + bytes([0xA0 + len(_RAW)]) + _RAW + b"\x01" + _RAW
    yield bytes([0xDF]) + _RAW
    yield bytes([0xA1, 0x62]) + b"id" + bytes([0x60 + len(_RAW)]) + _RAW  # CBOR
    yield bytes([0xA2, 0x62]) + b"id\x01" + bytes([0x60 + len(_RAW)]) + _RAW + b"\x01" + _RAW
    yield bytes([0xBF, 0x60 + len(_RAW)]) + _RAW
    yield b"<order><%s a='%s'>%s</%s></order>" % (_RAW, _RAW, _RAW, _RAW)
    yield b"<order><%s>%s" % (_RAW, _RAW)
    yield b"<!DOCTYPE %s [<!ENTITY %s '%s'>]><a>&%s;</a>" % (_RAW, _RAW, _RAW, _RAW)
    yield b"id=%s&%s=1&name=%%FF%s" % (_RAW, _RAW, _RAW)
    yield MARK.encode("utf-16")
    yield gzip.compress(b'{"id": "%s"}' % _RAW)
    yield gzip.compress(_RAW)[:-3] + _RAW
    envelope = b"\x89BIN\r\n\x1a\n" + struct.pack(">HII", 1, 18, 18 + 2 + 2 + len(_RAW) + 2 + len(_RAW))
    header = struct.pack(">H", len(_RAW)) + _RAW
    yield envelope + struct.pack(">H", 1) + header + header + _RAW
    yield envelope + struct.pack(">H", 60_000) + header
    yield json.dumps({"data": MARK, "headers": {MARK: MARK}}).encode()


def _headers() -> Iterator[list[list[object]]]:
    encoded = base64.b64encode(_RAW + b"\xff").decode()
    yield [["tenant", "a"]]
    yield [["tenant", MARK], ["retries", MARK], ["sequence_id", MARK]]
    yield [["TENANT", MARK], [MARK, MARK], ["retries", str(NUMBER)]]
    yield [["tenant", {"base64": encoded}], ["retries", {"base64": encoded}], ["sequence_id", str(NUMBER)]]
    yield [["tenant", "a"], ["traceparent", MARK], ["b3", MARK], ["uber-trace-id", MARK], ["x-datadog-trace-id", MARK]]
    yield [["tenant", "a"], ["traceparent", "00-" + "1" * 32 + "-" + "2" * 16 + "-01"], ["baggage", f"{MARK}={MARK}"]]
    yield [["tenant", "a"], ["content-type", f"application/{MARK}"]]
    yield [["tenant", "a"], ["content-type", f"text/plain; charset={MARK}"]]
    yield [["tenant", "a"], ["content-encoding", MARK]]
    yield [["tenant", "a"], ["content-encoding", "gzip"]]
    yield [["tenant", "a"], ["encryption", MARK], ["confluent.value.schemaId", MARK], ["__value_schema_id", MARK]]
    yield [
        ["ce_id", "1"], ["ce_source", "/s"], ["ce_type", "t"], ["ce_specversion", "1.0"], ["ce_subject", MARK],
        ["ce_" + MARK, MARK], ["ce_time", MARK], ["ce_dataschema", MARK], ["ce_sequence", MARK],
    ]  # fmt: skip
    yield [["timestamp", MARK], ["event-time", MARK], ["correlation_id", MARK], ["reply_to", MARK], ["id", MARK]]


KEYS: tuple[Mapping[str, object], ...] = (
    {"key": "k"}, {"key": MARK}, {"key": json.dumps({MARK: MARK})}, {"key": None},
    {"key_base64": base64.b64encode(b"\0\0\0\0\1" + _RAW + b"\xff").decode()},
)  # fmt: skip


def lines() -> Iterator[dict[str, object]]:
    """Give capture lines: every payload on every channel, headers and keys in turn, and all headers with a good payload."""
    headers, number = list(_headers()), 0
    payloads = [*_json_payloads(), *_binary_payloads(), None]
    for name in NAMES:
        for payload in payloads:
            yield _line(name, number, payload, headers[number % len(headers)], KEYS[number % len(KEYS)])
            number += 1
    for one in headers:
        for key in KEYS:
            yield _line("json", number, b'{"id": 1}', one, key)
            number += 1


def _line(
    name: str, number: int, payload: bytes | None, headers: list[list[object]], key: Mapping[str, object]
) -> dict[str, object]:
    carried = {"payload": None} if payload is None else {"payload_base64": base64.b64encode(payload).decode()}
    second = number // 100 % 60
    return {
        "server": "production", "address": name, "partition": 0, "offset": number, **carried, **key, "headers": headers,
        "timestamp": f"2026-11-23T14:02:{second:02d}.{number % 100:02d}0000Z",
        "properties": {"correlation_id": MARK, "message_id": MARK, "headers": {MARK: MARK}},
    }  # fmt: skip
