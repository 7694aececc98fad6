"""Texts of any kind: JSON is read as Python reads it, every place is where the text has it, nothing crashes or hangs."""

from __future__ import annotations

import json
import time

from hypothesis import given, settings
from hypothesis import strategies as st
from yaml import YAMLError

from asyncwatch.reading.compose import Composer
from asyncwatch.reading.malformed import Malformed
from asyncwatch.reading.tree import read_tree

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)
_PIECES = st.sampled_from(
    ["a", ": ", ":", "- ", "\n", "  ", "\t", "{", "}", "[", "]", ",", '"', "'", "&x ", "*x", "!t ", "!!int ", "<<: ", "? ",
     "|\n", ">-\n", "#", "---\n", "...\n", "%YAML 1.2\n", "1", "true", "\\u12", "\\", "é", "\u2028", "\x85", "\ufeff", "0x1", "1e9"]
)  # fmt: skip


def same(found: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and list(found) == list(wanted)
            and all(same(found[key], wanted[key]) for key in wanted)
        )
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(same, found, wanted))
    return type(found) is type(wanted) and found == wanted


@settings(deadline=None, max_examples=300)
@given(_VALUES.filter(lambda value: isinstance(value, dict | list)), st.booleans(), st.sampled_from([None, 1, 3]))
def test_json_is_read_as_it_was_written_with_every_key_at_its_place(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    tree = read_tree(text.encode(), "f")
    assert same(tree.value, value)
    lines = text.split("\n")
    waiting = [(value, ())]
    while waiting:
        part, pointer = waiting.pop()
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part):
            line, column = tree.position((*pointer, key))
            begin = lines[line - 1][column - 1 :]
            if isinstance(part, dict):
                assert begin.startswith(json.dumps(key, ensure_ascii=ascii_only) + ":")
            elif not isinstance(inner, dict | list):
                assert begin.startswith(json.dumps(inner, ensure_ascii=ascii_only))
            if isinstance(inner, dict | list):
                waiting.append((inner, (*pointer, key)))


@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=200) | st.lists(_PIECES, max_size=40).map(lambda parts: "".join(parts).encode()), st.booleans()
)
def test_any_bytes_are_read_or_refused_at_a_place_inside_them(data, is_tolerant):
    faults: list[Malformed] | None = [] if is_tolerant else None
    began_s = time.perf_counter()
    try:
        read_tree(data, "f", faults)
    except Malformed as error:
        faults = [*(faults or []), error]
    assert time.perf_counter() - began_s < 2
    lines = data.count(b"\n") + data.count(b"\r") + 2
    for one in faults or []:
        assert 1 <= one.line <= lines
        assert 1 <= one.column <= len(data) + 2


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200) | st.lists(_PIECES, max_size=40).map(lambda parts: "".join(parts).encode()))
def test_a_text_without_faults_reads_the_same_whether_faults_are_collected_or_not(data):
    faults: list[Malformed] = []
    try:
        tolerant = read_tree(data, "f", faults)
    except Malformed:
        return
    try:
        assert read_tree(data, "f") == tolerant
    except Malformed:
        assert faults
    else:
        assert not faults


@settings(deadline=None, max_examples=300)
@given(_VALUES, st.lists(_PIECES, max_size=30).map(lambda parts: "".join(parts).encode()), st.booleans())
def test_scalars_taken_in_one_step_are_those_taken_one_by_one(value, pieces, is_well_formed):
    data = json.dumps(value).encode() if is_well_formed else pieces

    def composed(restored: dict[int, str] | None) -> object:
        faults: list[Malformed] = []
        try:
            composer = Composer(data, "f", faults, restored)
            found: object = (composer.compose(), composer.size)
        except Malformed as error:
            found = str(error)
        except YAMLError as error:
            found = type(error)
        return found, [str(one) for one in faults]

    assert composed(None) == composed({})
