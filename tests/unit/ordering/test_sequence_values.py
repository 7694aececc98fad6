"""Where numbers, keys and identities are found, and what is no number."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from asyncwatch.model.route import Candidate, JsonType, OrderingRule, SchemaFault
from asyncwatch.ordering.event_time import parse_event_time
from asyncwatch.ordering.number import parse_number, parse_numbers, scope_key, scope_keys
from unit.ordering.streams import Row, Stream, key_hash, make_route, numbered


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"7", 7), (b" 7\n", 7), (b"-3", -3), (b"+3", 3), (b"007", 7), (b"9" * 20, 10**20 - 1), (b"9" * 21, None),
        (b"", None), (b"  ", None), (b"1_0", None), ("٣".encode(), None), ("٣", None), ("12", 12), (b"1.0", None),
        (b"0x1", None), (b"1e3", None), (b"\xff", None), (b"7" * 100_000, None), (7, 7), (7.0, 7), (7.5, None),
        (True, None), (None, None), (float("nan"), None), (float("inf"), None), (10**30, None), ([1], None),
    ],
)  # fmt: skip
def test_a_number_is_a_decimal_integer_of_at_most_twenty_ascii_digits(value: object, number: int | None) -> None:
    assert parse_number(value) == number
    assert parse_numbers([value, b"1"]) == [number, 1]


def test_scope_keys_are_bytes_of_bounded_size() -> None:
    assert [scope_key(value) for value in (b"a", "a", 17, True, None, [1], 10**40)] == [
        b"a", b"a", b"17", b"true", None, None, None,
    ]  # fmt: skip
    assert len(scope_key(b"x" * 100_000) or b"") == 16
    column = [b"a", b"b"]
    assert scope_keys(column) is column
    assert scope_keys([b"a", None, "c"]) == [b"a", None, b"c"]


@pytest.mark.parametrize(
    "value", [b"abc", b"", b"1.5", b"9" * 30, b"1_0", "٣".encode(), b"true"], ids=lambda value: ascii(value)[:12]
)
def test_an_unusable_number_is_unsequenced_and_no_exception(value: bytes) -> None:
    stream = Stream(make_route(OrderingRule(scope="key"))).feed([*numbered([1]), Row(value), *numbered([2])]).tick(100)
    assert (stream.row.in_order, stream.row.unsequenced, stream.findings) == (2, 1, [])
    assert stream.observations[0].sequence == [1, None, 2]


def test_negative_numbers_are_followed() -> None:
    rows = [*numbered([-3, -2, -1, 0, 1]), *numbered([-2, -1])]
    stream = Stream(make_route(OrderingRule(scope="key"))).feed(rows).tick(100)
    assert (stream.row.in_order, stream.row.duplicates) == (5, 2)


def test_of_a_repeated_header_the_last_value_counts() -> None:
    rows = [*numbered([1, 2]), Row(99, headers=[("Sequence_ID", b"3")]), *numbered([4])]
    stream = Stream(make_route(OrderingRule(scope="key"))).feed(rows).tick(100)
    assert (stream.row.in_order, stream.row.gaps) == (4, 0)


def test_the_usual_names_are_found_in_their_order() -> None:
    rows = [Row(headers=[("SEQ", b"1"), ("sequence", b"11")]), Row(headers=[("seq", b"12")])]
    stream = Stream(make_route(OrderingRule(scope="key"))).feed(rows)
    assert stream.observations[0].sequence == [11, 12]
    assert stream.row.source == "header sequence"


class Described:
    """A schema that only declares types."""

    def __init__(self, **types: set[JsonType]) -> None:
        self._types = {name: frozenset(one) for name, one in types.items()}

    def is_valid(self, value: object, /) -> bool:
        return True

    def explain(self, value: object, /, limit: int = 16) -> list[SchemaFault]:
        return []

    def property_types(self, name: str, /) -> frozenset[JsonType] | None:
        return self._types.get(name)


def candidate(key: str, payload: Described | None = None, ordering: OrderingRule | None = None) -> Candidate:
    return Candidate(
        channels=(("orders", key),), name=key, title=None, content_type="application/json", payload=payload,
        unchecked=None, headers=None, key=None, ordering=ordering,
    )  # fmt: skip


def payloads(values: Iterable[object], message: int = 0) -> list[Row]:
    return [Row(value=value, message=message) for value in values]


def test_a_payload_field_counts_only_where_its_schema_declares_an_integer() -> None:
    values = [{"seq": 1}, {"seq": 2.0}, {"seq": "3"}, {"seq": True}, {}]
    declared = make_route(OrderingRule(scope="key"), candidates=[candidate("m", Described(seq={"integer"}))])
    stream = Stream(declared).feed(payloads(values))
    assert stream.observations[0].sequence == [1, 2, 3, None, None]
    assert stream.row.source == "payload /seq"
    mixed = make_route(OrderingRule(scope="key"), candidates=[candidate("m", Described(seq={"integer", "string"}))])
    assert Stream(mixed).feed(payloads(values)).row.unsequenced == 5
    assert Stream(declared).feed(payloads(values, message=-1)).row.unsequenced == 5


def test_a_declared_location_and_key_in_the_payload() -> None:
    rule = OrderingRule(location="$message.payload#/meta/n", key="$message.payload#/account")
    rows = payloads(
        [
            {"meta": {"n": 1}, "account": "x"}, {"meta": {"n": 1}, "account": "y"}, {"meta": {"n": 3}, "account": "x"},
            {"meta": {"n": 2}}, {"meta": []},
        ],
        message=-1,
    )  # fmt: skip
    stream = Stream(make_route(rule)).feed(rows).tick(100)
    assert (stream.row.in_order, stream.row.unsequenced, stream.row.lost, stream.row.keys) == (3, 2, 1, 2)
    assert (stream.row.source, stream.row.scope) == ("payload /meta/n", "key")
    lost = next(finding for finding in stream.findings if finding.rule == "sequence.lost")
    assert lost.key_hash == key_hash(b"x")
    assert lost.summary == f"key #{key_hash(b'x')[:6]}: number 2 never came (waited 60 s)"


def test_a_message_may_declare_another_place_than_its_channel() -> None:
    own = OrderingRule(location="$message.header#/n")
    route = make_route(OrderingRule(scope="key"), candidates=[candidate("a"), candidate("b", ordering=own)])
    rows = [Row(1, message=0), Row(50, message=1, headers=[("n", b"2")]), Row(3, message=0)]
    assert Stream(route).feed(rows).observations[0].sequence == [1, 2, 3]


def test_rows_tell_their_number_scope_key_and_digest() -> None:
    rows = [Row(1, payload=b"x"), Row(2, payload=b"x"), Row(3, payload=b"")]
    stream = Stream(make_route(OrderingRule(scope="key"))).feed(rows)
    obs = stream.observations[0]
    assert obs.sequence == [1, 2, 3]
    assert list(obs.scope_key or []) == [b"k"] * 3
    assert obs.digest is not None
    assert obs.digest[0] == obs.digest[1] != obs.digest[2]


def test_a_route_without_sequence_has_no_columns() -> None:
    stream = Stream(make_route()).feed([Row(), Row()])
    obs = stream.observations[0]
    assert (obs.sequence, obs.scope_key, obs.digest) == (None, None, None)
    assert stream.row.source is None


def test_scope_partition_with_wildcards_is_address_and_partition() -> None:
    rows = [Row(n, address=address) for n in range(3) for address in ("eu", "us")]
    stream = Stream(make_route(OrderingRule(scope="partition"), wildcard=True)).feed(rows)
    assert (stream.row.in_order, stream.row.keys) == (6, 2)
    assert list(stream.observations[0].scope_key or [])[0] == ("eu", 0)


def test_retained_messages_are_no_part_of_the_sequence() -> None:
    rows = [Row(5, properties={"retain": True}), Row(8, properties={}), Row(9, properties={"retain": False})]
    stream = Stream(make_route(OrderingRule(scope="channel"))).feed(rows)
    assert (stream.row.in_order, stream.row.unsequenced, stream.row.gaps) == (2, 1, 0)


SECOND = 10**9


@pytest.mark.parametrize(
    ("value", "unit", "time_ns"),
    [
        (b"1764000000", "auto", 1764000000 * SECOND), (b"1764000000123", "auto", 1764000000123 * 10**6),
        (b"1764000000123456", "auto", 1764000000123456 * 1000), (b"1764000000123456789", "auto", 1764000000123456789),
        (b"1764000000.25", "auto", 1764000000 * SECOND + SECOND // 4), (1764000000123, "auto", 1764000000123 * 10**6),
        (1764000000.5, "auto", 1764000000 * SECOND + SECOND // 2), (b"5", "auto", None), (b"5", "s", 5 * SECOND),
        (b"5.5", "ms", 5_500_000), (b"-5", "s", -5 * SECOND), (b"2026-01-01T00:00:00Z", "auto", 1767225600 * SECOND),
        ("2026-01-01T01:00:00+01:00", "auto", 1767225600 * SECOND), (b"yesterday", "auto", None), (True, "auto", None),
        (b"\xff", "auto", None), (float("nan"), "auto", None), (b"9" * 20, "s", None), (None, "auto", None),
        (b"1" * 10_000, "auto", None), (float("inf"), "s", None), ({}, "auto", None),
    ],
)  # fmt: skip
def test_event_times_are_read_by_form_and_length(value: object, unit: str, time_ns: int | None) -> None:
    assert parse_event_time(value, unit) == time_ns  # type: ignore[arg-type]
