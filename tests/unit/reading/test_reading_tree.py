from __future__ import annotations

import time

import pytest

from asyncwatch.model.errors import Misconfigured
from asyncwatch.reading.malformed import Malformed
from asyncwatch.reading.tree import MOST_BYTES, read_tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("no", "no"), ("2026-01-31", "2026-01-31"), ("1_000", "1_000"), ("1:20", "1:20"),
        ("012", 12), ("0o14", 12), ("0x1F", 31), ("-0", 0), ("+1", 1), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0),
        ("true", True), ("True", True), ("null", None), ("~", None), (".inf", ".inf"), (".nan", ".nan"),
        ("'1'", "1"), ("!!str 1", "1"), ("!!int '3'", 3), ("!!float 3", 3.0), ("! 5", "5"), ("0b1", "0b1"),
        ("9223372036854775808", 9223372036854775808), ("=", "="), ("1.", 1.0),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text, value):
    found = read_tree(f"a: {text}\n".encode(), "f").value
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


def test_an_empty_value_is_null_and_an_empty_text_is_text():
    assert read_tree(b"a:\nb: ''", "f").value == {"a": None, "b": ""}


def test_positions_are_those_of_keys_and_items_counted_from_one():
    tree = read_tree(b"a:\n  - b: 1\n    c: {d: 2}\n", "f")
    assert tree.position(()) == (1, 1)
    assert tree.position(("a", 0, "c")) == (3, 5)
    assert tree.position(("a", "0", "c", "d")) == (3, 9)


def test_the_position_of_an_absent_part_is_its_nearest_parents():
    tree = read_tree(b"a:\n  b: 1\n", "f")
    assert tree.position(("a", "zz", 5)) == (1, 1)
    assert tree.position(("a", "b", "c")) == (2, 3)


def test_json_has_the_same_positions_and_surrogate_pairs_are_one_character():
    tree = read_tree(b'{\n\t"a": "\\ud83d\\ude00",\n\t"b\\\\ud83d\\\\ude00": [1]\n}', "f.json")
    assert tree.value == {"a": "\U0001f600", "b\\ud83d\\ude00": [1]}
    assert tree.position(("a",)) == (2, 2)


def test_aliases_repeat_a_value_and_merge_keys_give_way_to_written_ones():
    assert read_tree(b"x: &x {a: 1, b: 2}\ny: *x\nz: {<<: *x, a: 9}\nw: {<<: [{c: 1}, *x]}", "f").value == {
        "x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 2}, "z": {"a": 9, "b": 2}, "w": {"c": 1, "a": 1, "b": 2},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        ("a: 1\nb:\n  a: 2\n  a: 3", "duplicate-key", "f:4:3"),
        ("1: a", "key-type", "f:1:1"), ("true: a", "key-type", "f:1:1"), ("null: a", "key-type", "f:1:1"),
        ("? [x]\n: b", "key-type", "f:1:3"), ("? {x: y}\n: b", "key-type", "f:1:3"), ("&k [x]: b", "key-type", "f:1:"),
        ("a: !foo b", "tag", "f:1:4"), ("a: !!binary aa", "tag", "f:1:4"), ("a: !!set {}", "tag", "f:1:4"),
        ("a: !!int x", "syntax", "f:1:4"), ("a: 1e999", "syntax", "f:1:4"), ("a: " + "9" * 5000, "syntax", "f:1:4"),
        ("a: [", "syntax", "f:2:1"), ("a: b: c", "syntax", "f:1:5"), ("a: *x", "syntax", "f:1:4"),
        ("a: &a [*a]", "syntax", "f:1:8"), ("a: 1\n---\nb: 1", "syntax", "f:2:1"), ("\tx: 1", "syntax", "f:1:1"),
        ("<<: 5\nb: {<<: [1]}", "syntax", "f:2:"), ("", "empty", "f:1:1"), ("# only a remark", "empty", "f:1:1"),
        ("\x00\x01\x02", "encoding", "f:1:1"),
    ],
)  # fmt: skip
def test_a_faulty_text_is_refused_with_its_place(text, problem, place):
    with pytest.raises(Malformed) as caught:
        read_tree(text.encode(), "f")
    assert caught.value.problem == problem
    assert f"({place}" in str(caught.value)


def test_bytes_that_are_no_utf_8_are_refused():
    for data in (b"\xff\xfe\x00", b"a: \x80", bytes(range(256)), b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(Misconfigured):
            read_tree(data, "f")


def test_hostile_texts_are_refused_in_bounded_time():
    laughs = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)
    )
    hostile = [
        laughs, b"[" * 100_000, b"{a: " * 100_000, b"- " * 100_000 + b"x", b"x" * (MOST_BYTES + 1),
        b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000, b"a: [1, 2", b'{"a": "b',
    ]  # fmt: skip
    for data in hostile:
        started = time.perf_counter()
        with pytest.raises(Misconfigured):
            read_tree(data, "f")
        assert time.perf_counter() - started < 2


def test_the_longest_allowed_nesting_is_read():
    value = read_tree(b"[" * 200 + b"]" * 200, "f").value
    depth = 0
    while isinstance(value, list):
        depth += 1
        value = value[0] if value else None
    assert depth == 200


def test_the_parser_without_libyaml_reads_the_same(monkeypatch):
    from yaml import Loader

    data = b"a: &x [1, yes, {b: '2'}]\nc: *x\n"
    expected = read_tree(data, "f")
    monkeypatch.setattr("asyncwatch.reading.compose.EventParser", Loader)
    assert read_tree(data, "f") == expected
