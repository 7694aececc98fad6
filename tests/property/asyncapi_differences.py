"""Where the grammar goes by the specification and the meta schemas do not: each class with its reason.

A class explains a difference by an experiment: the document is changed in this one respect, and then both agree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asyncwatch.contract.document_finding import DocumentFinding
from property.oracle_asyncapi import Resolver, Unresolved, is_valid

Files = Callable[[str], Any]


def _rebuilt(value: Any, change: Callable[[str, Any], Any]) -> Any:
    """Copy a value; `change` gives what stands under a key."""
    if isinstance(value, dict):
        return {key: _rebuilt(change(key, inner), change) for key, inner in value.items()}
    return [_rebuilt(inner, change) for inner in value] if isinstance(value, list) else value


def without_references_in_data(document: Any) -> Any:
    """`$ref` in an example, a default, a constant or an extension: data, no reference. Official tools follow it."""

    def as_data(value: Any) -> Any:
        if isinstance(value, dict):
            return {("ref" if key == "$ref" else key): as_data(inner) for key, inner in value.items()}
        return [as_data(inner) for inner in value] if isinstance(value, list) else value

    def change(key: str, value: Any) -> Any:
        is_data = key in {"example", "examples", "default", "const", "enum"} or key.startswith("x-")
        return as_data(value) if is_data and key != "x-moved" else value

    return _rebuilt(document, change)


def without_equal_tags(document: Any) -> Any:
    """Two equal tags: the rule document.duplicate-tag tells, it looks at names."""

    def change(key: str, value: Any) -> Any:
        if key != "tags" or not isinstance(value, list):
            return value
        return [tag for at, tag in enumerate(value) if tag not in value[:at]]

    return _rebuilt(document, change)


def with_types_in_ibmmq(document: Any) -> Any:
    """An IBM MQ message binding without `type`: the text has a default, the meta schema takes it for three types."""

    def change(key: str, value: Any) -> Any:
        if key == "ibmmq" and isinstance(value, dict) and "type" not in value:
            return {**value, "type": "jms"}
        return value

    return _rebuilt(document, change)


def with_one_spelling(document: Any) -> Any:
    """ROS 2's `reliable`: the meta schema knows only the misprint `realiable`."""
    return _rebuilt(document, lambda key, value: "realiable" if (key, value) == ("reliability", "reliable") else value)


def with_hashes(document: Any) -> Any:
    """A runtime expression without `#`: the specification's grammar of expressions takes it."""

    def change(key: str, value: Any) -> Any:
        return value + "#" if key == "location" and value in {"$message.header", "$message.payload"} else value

    return _rebuilt(document, change)


_EXPERIMENTS = (
    without_references_in_data, without_equal_tags, with_types_in_ibmmq, with_one_spelling, with_hashes,
)  # fmt: skip


def _parameters_that_are_no_objects(faults: list[DocumentFinding]) -> bool:
    """A parameter that is no object: the meta schemas forgot its type."""
    return bool(faults) and all(
        "(a parameter) is expected" in one.summary and one.rule == "document.type" for one in faults
    )


def _references_that_are_no_texts(faults: list[DocumentFinding]) -> bool:
    """A `$ref` that is no text: a fault wherever a reference may stand; official tools may find a reference in it."""
    return bool(faults) and all(one.rule == "document.type" and one.summary.startswith("'$ref' of") for one in faults)


def _circles_outside_schemas(files: Files, main: str) -> bool:
    """A part, other than a schema, that refers to what holds it: official tools leave the reference where it is."""
    resolver = Resolver(files, main)
    try:
        resolver.resolve()
    except Unresolved:
        return False
    return any("/schemas/" not in fragment and "payload" not in fragment for _, fragment in resolver.circles)


def explain(files: Files, main: str, faults: list[DocumentFinding]) -> str | None:
    """Name the class of a difference; `faults` are what the grammar found. None: it has no explanation."""
    ours = not faults
    document = files(main)
    for experiment in _EXPERIMENTS:
        changed = experiment(document)
        if is_valid(lambda file, changed=changed: changed if file == main else files(file), main) == ours:
            return experiment.__name__
    if _parameters_that_are_no_objects(faults):
        return "parameters that are no objects"
    if _references_that_are_no_texts(faults):
        return "references that are no texts"
    if _circles_outside_schemas(files, main):
        return "circles outside schemas"
    return None
