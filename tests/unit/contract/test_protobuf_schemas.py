"""Protobuf schemas inside documents: their text is read, faults are told with their line, descriptors are within reach."""

from __future__ import annotations

import builtins
import json
import textwrap
import time

import pytest
from google.protobuf import message_factory
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncwatch.contract.formats.proto_parser import parse_proto
from asyncwatch.contract.formats.proto_tokens import BrokenProto
from asyncwatch.contract.load import load_contract
from asyncwatch.contract.references import Documents
from asyncwatch.contract.schemas import SchemaReader

PROTOBUF = "application/vnd.google.protobuf;version=3"
ORDER = """
syntax = "proto3";
package shop.v1;

import "google/protobuf/timestamp.proto";
option java_package = "x.y";

// A comment with { brackets
/* and another * one */
message Order {
  string id = 1 [deprecated = true, (own.option) = { a: 1 b: [1, 2] }, json_name = "orderId"];
  repeated int32 counts = 2 [packed = false];
  map<string, Line> lines = 3;
  optional double price = 4;
  oneof pay { Card card = 5; string cash = 6; }
  google.protobuf.Timestamp at = 7;
  enum Kind { option allow_alias = true; NONE = 0; OLD = 1; ALIAS = 1; FAR = -5; }
  Kind kind = 8;
  message Line { int64 n = 1; .shop.v1.Card card = 2; }
  reserved 9, 10 to 12;
  reserved "foo";
  bytes message = 13;
}
message Card { string no = 1; Order.Kind k = 2; Card next = 3; }
service Shop { rpc Get (Order) returns (stream Card) { option (x).y = "z"; } }
"""


def read(text, schema_format=PROTOBUF):
    documents = Documents("s.json", lambda _path: json.dumps(text).encode())
    found = SchemaReader(documents).read(documents.open(), schema_format, "payload")
    return found, documents.findings.all()


def test_a_schema_is_read_and_its_messages_are_within_reach():
    found, (finding,) = read(ORDER)
    assert found.compiled is None
    assert found.reason == "protobuf payloads are not decoded"
    assert (finding.rule, finding.severity) == ("document.schema-format", "info")
    assert found.native.messages == ("shop.v1.Order", "shop.v1.Card")
    descriptor = found.native.pool.FindMessageTypeByName("shop.v1.Order")
    assert [(field.name, field.number) for field in descriptor.fields] == [
        ("id", 1), ("counts", 2), ("lines", 3), ("price", 4), ("card", 5), ("cash", 6), ("at", 7), ("kind", 8), ("message", 13),
    ]  # fmt: skip
    assert descriptor.fields_by_name["id"].json_name == "orderId"
    assert [one.name for one in descriptor.oneofs] == ["pay", "_price"]
    assert dict(descriptor.enum_types_by_name["Kind"].values_by_name["FAR"].GetOptions().ListFields()) == {}
    order = message_factory.GetMessageClass(descriptor)()
    order.lines["a"].n = 5
    order.lines["a"].card.next.no = "x"
    order.at.seconds = 1
    order.cash = "y"
    again = message_factory.GetMessageClass(descriptor).FromString(order.SerializeToString())
    assert (again.lines["a"].card.next.no, again.WhichOneof("pay"), again.HasField("price")) == ("x", "cash", False)


def test_the_fields_of_the_first_message_count_for_the_strength_of_the_contract():
    found, _ = read(ORDER)
    assert (found.strength.leaves, found.strength.constrained) == (12, 12)
    properties = found.native.description["definitions"]["shop.v1.Order"]["properties"]
    assert properties["counts"] == {"type": "array", "items": {"type": "integer", "format": "int32"}}
    assert properties["lines"] == {
        "type": "object",
        "additionalProperties": {"$ref": "#/definitions/shop.v1.Order.Line"},
    }
    assert properties["at"] == {"type": "string", "format": "date-time"}


def test_proto2_with_labels_groups_and_extensions_is_read():
    text = """
    message M {
      required string id = 1;
      optional group Result = 2 { repeated int32 x = 1 [packed = true]; }
      extensions 100 to max, 50;
      extend M { optional int32 b = 126; }
      oneof choice { string a = 3; group Other = 4 { optional int32 y = 1; } }
      optional string text = 5 [default = 'it\\'s'];
    }
    """
    found, _ = read(text, "application/vnd.google.protobuf;version=2")
    descriptor = found.native.pool.FindMessageTypeByName("M")
    assert descriptor.fields_by_name["id"].is_required
    assert descriptor.fields_by_name["result"].message_type.full_name == "M.Result"
    assert descriptor.oneofs_by_name["choice"].fields[1].name == "other"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("string id 1;", "'1' stands where '=' is expected"), ("Strin id = 1;", "the type 'Strin' of field 'id' is not declared"),
        ("string id = x;", "'x' stands where a number is expected"), ("string id = 0;", "has the number 0, which no field may have"),
        ("string id = 19500;", "has the number 19500"), ("required string id = 1;", "proto3 has no required fields"),
        ("string a = 1; string a = 2;", "the field 'a' stands twice in message 'M'"),
        ("string a = 1; string b = 1;", "the fields 'a' and 'b' have one number"), ("map<double, string> m = 1;", "cannot be the type of a map's keys"),
        ("repeated map<string, string> m = 1;", "a map has no label"), ("oneof o { repeated string a = 1; }", "a field of a oneof has no label"),
        ("enum E { }", "the enum 'E' has no values"), ("enum E { A = 1; }", "must be 0 in proto3"), ("enum E { A = 0; A = 1; }", "stands twice in an enum"),
        ("message N {} message N {}", "'M.N' is declared twice"), ("string a = 1 ]", "']' stands where ';' is expected"),
        ('string a = "x', "a text in quotes has no end"), ("string a = 1; /* never", "a comment has no end"), ("string ä = 1;", "a sign that .proto does not have"),
        ("google.protobuf.Timestamp t = 1;", "the type 'google.protobuf.Timestamp' of field 't' is not declared"),
    ],
)  # fmt: skip
def test_faults_are_told_with_the_line_of_the_document(line, message):
    document = (
        "asyncapi: 3.0.0\nchannels:\n  a:\n    address: a\n    messages:\n      m:\n        payload:\n"
        "          schemaFormat: application/vnd.google.protobuf;version=3\n          schema: |\n"
        + textwrap.indent(f'syntax = "proto3";\nmessage M {{\n\n  {line}\n}}\n', "            ")
    )
    contract = load_contract("doc.yaml", lambda _path: document.encode())
    (finding,) = contract.findings
    assert (finding.rule, finding.severity) == ("document.schema", "error")
    assert message in finding.summary
    assert finding.position.line == 13
    assert contract.channels["a"].messages[0].payload.reason == "the schema is broken"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "without a message"), ("syntax = 'proto4';", "is no syntax that is read"), ("message M {", "the text ends where a field is expected"),
        ('import "other.proto"; message M {}', "'other.proto' is not imported: only well-known types are"),
        ('import "/etc/passwd"; message M {}', "'/etc/passwd' is not imported"),
        ('import "google/protobuf/../../x.proto"; message M {}', "is not imported"),
        ("edition = '2023';", "'edition' stands where message, enum or another declaration is expected"),
        ("message M {" * 40 + "}" * 40, "nested deeper than 32 levels"), ("service S {", "the text ends where"),
    ],
)  # fmt: skip
def test_what_is_no_proto_file_is_told(text, message):
    found, (finding,) = read(text)
    assert found.compiled is None
    assert found.native is None
    assert message in finding.summary


def test_a_schema_that_is_no_text_is_told():
    found, (finding,) = read({"type": "object"})
    assert found.compiled is None
    assert "must be the text of a .proto file, not object" in finding.summary


def test_without_the_extra_the_schema_is_read_and_the_reason_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("google.protobuf"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    found, (finding,) = read(ORDER)
    assert found.reason == "protobuf is read with the extra: pip install asyncwatch-sidecar[protobuf]"
    assert found.reason in finding.summary
    assert found.native.pool is None
    assert found.native.messages == ("shop.v1.Order", "shop.v1.Card")


@pytest.mark.parametrize(
    "text",
    [
        "message M { string a = 1 [(x) = " + "{a:" * 20_000 + "}" * 20_000 + "]; }", "/*" + "*" * 500_000, "//" + "/" * 500_000,
        "message M {" + "".join(f"string f{n} = {n + 20_000};" for n in range(20_000)) + "}", "{" * 100_000, '"' + "\\" * 300_001,
        "option " + "a." * 100_000, "message M { reserved " + "1," * 90_000, "a" * 900_000, "x" * 1_100_000, "." * 300_000,
    ],
    ids=range(11),
)  # fmt: skip
def test_hostile_texts_end_in_time(text):
    started = time.process_time()
    found, findings = read(text)
    assert len(findings) == 1
    assert found.compiled is None
    assert time.process_time() - started < 2


WORDS = st.sampled_from(
    [
        "syntax", "=", '"proto3"', ";", "message", "M", "N", "{", "}", "string", "int32", "a", "b", "1", "2", "enum", "oneof", "map", "<", ">", ",",
        "reserved", "to", "max", "option", "(", ")", "[", "]", "repeated", "optional", "group", "extend", "extensions", "-", ".", "service", "import", "true", "\n",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=40), st.booleans())
def test_any_words_are_read_or_refused_with_a_line(words, inside):
    text = f'syntax = "proto3"; message M {{ {" ".join(words)} }}' if inside else " ".join(words)
    try:
        parse_proto(text)
    except BrokenProto as error:
        assert 1 <= error.line <= text.count("\n") + 1
    read(text)
