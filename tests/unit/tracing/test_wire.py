"""Protobuf bytes and derived ids."""

from __future__ import annotations

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from asyncwatch.tracing.identity import derive_id, nonzero, span_stem, trace_stem
from asyncwatch.tracing.protobuf import attribute, attribute_head, bool_value, clip, int_value, text_value

NUMBERS = [0, 1, 127, 128, 300, 16_383, 16_384, 2**32, 2**63 - 1, -1, -(2**63)]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_written_as_protobuf_writes_them(number):
    written = int_value(number)
    assert AnyValue.FromString(written).int_value == number
    assert AnyValue(int_value=number).SerializeToString() == written


@pytest.mark.parametrize("truth", [True, False])
def test_booleans_are_present_also_when_false(truth):
    assert AnyValue.FromString(bool_value(truth)).WhichOneof("value") == "bool_value"
    assert AnyValue.FromString(bool_value(truth)).bool_value is truth


@pytest.mark.parametrize("text", ["", "a", "a" * 127, "a" * 128, "a" * 256, "ü" * 128, "日本"], ids=len)
def test_attributes_are_written_as_protobuf_writes_them(text):
    expected = Span(attributes=[KeyValue(key="messaging.system", value=AnyValue(string_value=text))])
    written = attribute(9, "messaging.system", text_value(text))
    assert Span.FromString(written) == expected
    value = text_value(text)
    assert attribute_head(9, "messaging.system", len(value)) + value == written


@pytest.mark.parametrize(
    ("text", "cut"),
    [("a" * 257, b"a" * 256), ("ü" * 129, "ü".encode() * 128), ("a" + "ü" * 128, b"a" + "ü".encode() * 127),
     ("😀" * 100, "😀".encode() * 64), ("\ud800x", b"?x"), ("a" * 10_000_000, b"a" * 256)],
    ids=["one too long", "two bytes each", "inside a character", "four bytes each", "half a pair", "very long"],
)  # fmt: skip
def test_texts_are_cut_at_the_border_of_a_character(text, cut):
    assert clip(text) == cut


def test_the_id_of_zeros_is_replaced():
    assert nonzero(b"\0" * 8) == b"\0" * 7 + b"\x01"
    assert nonzero(b"\0" * 16) == b"\0" * 15 + b"\x01"
    assert nonzero(b"\x01" + b"\0" * 7) == b"\x01" + b"\0" * 7


def test_each_part_of_a_place_changes_the_id():
    places = [
        ("kafka", "c", "orders", 1), ("nats", "c", "orders", 1), ("kafka", "d", "orders", 1),
        ("kafka", "c", "order", 1), ("kafka", "c", "orders", 11), ("kafka", "c", "orders", None),
    ]  # fmt: skip
    ids = {derive_id(span_stem("T", *place), b"%d" % position, 8) for place in places for position in (1, 11)}
    ids |= {derive_id(span_stem("R", *places[0]), b"1", 8), derive_id(trace_stem(*places[0]), b"1", 8)}
    assert len(ids) == 14


def test_any_address_has_an_id():
    assert len(derive_id(span_stem("T", "kafka", "c", "\ud800\0", 1), b"-5", 8)) == 8
