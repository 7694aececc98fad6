"""Coverage against a slow twin: what is seen is what a plain walk over every message finds; a sample finds a part of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from asyncwatch.checks.coverage.looking import Marks
from asyncwatch.contract.described import described

NAMES = st.sampled_from(["a", "b", "c", "d/e", "f~g"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(0, 2), st.sampled_from([1.0, 0.5]), st.sampled_from(["x", ""])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)), max_leaves=12
)  # fmt: skip


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(NAMES, inner, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "properties": properties, "items": inner, "additionalProperties": st.one_of(st.booleans(), inner),
            "allOf": st.lists(inner, min_size=1, max_size=2), "oneOf": st.lists(inner, min_size=1, max_size=2),
            "enum": st.lists(SCALARS, min_size=1, max_size=3), "then": inner,
        },
    )  # fmt: skip


SCHEMAS = st.recursive(st.just({}), _schemas, max_leaves=8)


def same(one: object, other: object) -> bool:
    """Whether two scalars are one value of JSON."""
    return isinstance(one, bool) == isinstance(other, bool) and type(one) in {type(other), int, float} and one == other


def parts(schema: Any) -> list[Any]:
    """Give the schemas that describe the same place."""
    found = [schema]
    for keyword in ("allOf", "oneOf"):
        found += [part for inner in schema.get(keyword, ()) for part in parts(inner)]
    return found + (parts(schema["then"]) if "then" in schema else [])


def walk(schemas: list[Any], value: Any, path: str, seen: set[str], beside: set[str]) -> None:
    """Follow a value, place by place."""
    here = [part for schema in schemas for part in parts(schema)]
    for part in here:
        for one in part.get("enum", ()):
            if not isinstance(value, dict | list) and same(one, value):
                seen.add(f"{path} = {one!r}")
    if isinstance(value, dict):
        named = {name for part in here for name in part.get("properties", ())}
        others = [part["additionalProperties"] for part in here if isinstance(part.get("additionalProperties"), dict)]
        is_open = not named or any(part.get("additionalProperties", False) is not False for part in here)
        for name, inner in value.items():
            if name in named:
                below = path + "/" + name.replace("~", "~0").replace("/", "~1")
                seen.add(below)
                walk(
                    [p["properties"][name] for p in here if name in p.get("properties", ())], inner, below, seen, beside
                )
            elif others:
                walk(others, inner, path + "/*", seen, beside)
            elif not is_open:
                beside.add(path + "/*")
    elif isinstance(value, list):
        items = [part["items"] for part in here if "items" in part]
        for inner in value if items else ():
            walk(items, inner, path + "/*", seen, beside)


def told(marks: Marks) -> set[str]:
    fields = {name for name, one in zip(marks.described.fields, marks.fields, strict=True) if one}
    return fields | {name for name, one in zip(marks.described.values, marks.values, strict=True) if one}


@settings(max_examples=400, deadline=None)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=4))
def test_what_is_seen_is_what_a_plain_walk_finds(schema: Any, values: list[Any]):
    marks, seen, beside = Marks(described(schema)), set[str](), set[str]()
    for value in values:
        marks.look(value)
        walk([schema], value, "", seen, beside)
    fields = {name for name in seen if " = " not in name}
    assert {name for name in told(marks) if " = " not in name and not name.startswith("= ")} == fields
    assert sum(marks.values) == len({(name.partition(" = ")[0], _key(name)) for name in seen - fields})
    assert set(marks.beside) == beside


def _key(name: str) -> object:
    text = name.partition(" = ")[2]
    return text if text in {"True", "False", "None"} or text[0] in "'\"" else float(text)


@settings(max_examples=60, deadline=None)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=8), st.data())
def test_a_sample_shows_a_part_and_never_more(schema: Any, values: list[Any], data: st.DataObject):
    whole, part = Marks(described(schema)), Marks(described(schema))
    for value in values:
        whole.look(value)
        if data.draw(st.booleans()):
            part.look(value)
    assert told(part) <= told(whole)
