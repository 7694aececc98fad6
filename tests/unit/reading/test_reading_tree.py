from __future__ import annotations

import json
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
        ("\x00\x01\x02", "encoding", "f:1:1"), ("a: 0x" + "f" * 5000, "syntax", "f:1:4"),
        ('{"a": 1, "a": 2}', "duplicate-key", "f:1:10"), ('{"a": "\\ud83d"}', "syntax", "f:1:7"), ('{"a": 1e999}', "syntax", "f:1:7"),
    ],
)  # fmt: skip
def test_a_faulty_text_is_refused_with_its_place(text, problem, place):
    with pytest.raises(Malformed) as caught:
        read_tree(text.encode(), "f")
    assert caught.value.problem == problem
    assert f"({place}" in str(caught.value)


def test_a_text_that_breaks_off_says_so_and_what_was_being_read():
    for text, what in [
        ("a: [1,\n  2", "the text breaks off: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1 (f:3:1)"),
        ('{"a": {"b": [1', "the text breaks off: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1 (f:2:1)"),
        ("a: 1\nb: 'é", "the text breaks off: found unexpected end of stream while scanning a quoted scalar that begins in line 2 (f:2:6)"),
    ]:  # fmt: skip
        with pytest.raises(Malformed) as caught:
            read_tree(text.encode(), "f")
        assert str(caught.value) == what


def test_faults_that_reading_can_go_on_after_are_collected_with_their_places():
    faults: list[Malformed] = []
    tree = read_tree(b"a:\n  - 1: x\n    y: !foo [1]\n    true: !!binary zz\n1: 5\nb: 1\nb: 2\n", "f", faults)
    assert tree.value == {"a": [{"1": "x", "y": [1], "true": "zz"}], "1": 5, "b": 2}
    assert [(one.problem, one.pointer, one.line, one.column) for one in faults] == [
        ("key-type", ("a", 0, "1"), 2, 5), ("tag", ("a", 0, "y"), 3, 8), ("key-type", ("a", 0, "true"), 4, 5),
        ("tag", ("a", 0, "true"), 4, 11), ("key-type", ("1",), 5, 1), ("duplicate-key", ("b",), 7, 1),
    ]  # fmt: skip
    assert tree.position(("b",)) == (7, 1)


def test_faults_of_json_are_collected_with_their_places():
    faults: list[Malformed] = []
    assert read_tree(b'{"a": [0, {"b": 1,\n "b": 2}]}', "f", faults).value == {"a": [0, {"b": 2}]}
    assert [(one.problem, one.pointer, one.line, one.column) for one in faults] == [
        ("duplicate-key", ("a", 1, "b"), 2, 2)
    ]


def test_faults_of_a_text_that_is_no_json_after_all_are_told_once():
    faults: list[Malformed] = []
    assert read_tree(b'{"a": 1, "a": 2, b: yes}', "f", faults).value == {"a": 2, "b": "yes"}
    assert [one.problem for one in faults] == ["duplicate-key"]


def test_too_many_faults_end_the_reading():
    with pytest.raises(Malformed):
        read_tree(b"".join(b"%d: 1\n" % number for number in range(2000)), "f", [])


def test_line_ends_of_yaml_1_1_are_text():
    tree = read_tree("a: x\u2028y\u2029\x85z\nb: 'p\u2028q'\nc: \ue000\n".encode(), "f")
    assert tree.value == {"a": "x\u2028y\u2029\x85z", "b": "p\u2028q", "c": "\ue000"}
    assert tree.position(("c",)) == (3, 1)


def test_json_is_read_as_json_where_yaml_differs():
    text = json.dumps({"k" * 3000: "\x7f\u2028", "b": 1}, ensure_ascii=False)
    tree = read_tree(text.encode(), "f")
    assert tree.value == json.loads(text)
    assert tree.position(("b",)) == (1, 3000 + 12)


def test_an_escaped_pair_moves_no_column():
    tree = read_tree(b'{"a": "\\ud83d\\ude00", "b": 1}', "f")
    assert tree.value == {"a": "\U0001f600", "b": 1}
    assert tree.position(("b",)) == (1, 23)


@pytest.mark.parametrize(
    "text", ["{a: 1, b: [x, y,],}", "[1, 2] # end", "{\"a\": 'x'}", "{'a': yes}", "{? a : b}", "[a: 1]"]
)
def test_yaml_that_begins_like_json_is_yaml(text):
    assert isinstance(read_tree(text.encode(), "f").value, dict | list)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le-bom"])
def test_marks_of_encodings_and_line_ends_of_windows_change_nothing(encoding):
    text = "a: é\r\nb:\r\n  c: 1\r\n"
    data = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    tree = read_tree(data, "f")
    assert tree.value == {"a": "é", "b": {"c": 1}}
    assert tree.position(("b", "c")) == (3, 3)


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
