"""JSON Patch applied to a document of dicts and lists, in place.

Source: RFC 6902 (add, remove, replace), RFC 6901 (pointers).
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

_INDEX: Final = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_TOO_DEEP: Final = 64
_MOST_PLACES: Final = 100_000


class Operation(msgspec.Struct):
    """One change. `value` is UNSET where the operation has none; a null is a value."""

    op: str
    path: str
    value: Any = msgspec.UNSET


class PatchFault(Exception):
    """The patch does not fit the document: take a new snapshot."""


def apply_patch(document: Any, operations: list[Operation]) -> Any:
    """Apply changes in order and give the document, which is the same object unless its root was replaced.

    Raises: PatchFault where an operation does not fit; the document is then half changed and of no use.
    Cost: nearly all changes replace a value that is there, which is done here; whatever is not as plain is `_apply`'s.
    """
    unset = msgspec.UNSET
    for operation in operations:
        path, value = operation.path, operation.value
        if operation.op == "replace" and value is not unset and "~" not in path:
            head, *way, last = path.split("/") if path.count("/") > 1 else ("?", "?")
            parent = document
            try:
                for token in way:
                    parent = parent[token] if type(parent) is dict else parent[_PLACES[token]]
                if not head and type(parent) is dict and last in parent:
                    parent[last] = value
                    continue
            except (KeyError, IndexError, TypeError):
                pass  # not as plain as it looked
        document = _apply(document, operation)
    return document


class _Places(dict[str, int]):
    """The numbers that indexes of lists are written as, each read once; at most `_MOST_PLACES` are kept."""

    def __missing__(self, token: str) -> int:
        if _INDEX.fullmatch(token) is None:
            raise KeyError(token)
        place = int(token)
        if place < _MOST_PLACES:
            self[token] = place
        return place


_PLACES: Final = _Places()


def _apply(document: Any, operation: Operation) -> Any:
    op, value = operation.op, operation.value
    if op not in {"add", "replace", "remove"}:
        raise PatchFault("an operation is none of add, replace, remove")
    if op != "remove" and value is msgspec.UNSET:
        raise PatchFault("an operation has no value")
    tokens = _tokens(operation.path)
    if not tokens:
        if op == "remove":
            raise PatchFault("the whole document cannot be removed")
        return value
    parent = document
    for token in tokens[:-1]:
        parent = _child(parent, token)
    last = tokens[-1]
    if isinstance(parent, dict):
        if op != "add" and last not in parent:
            raise PatchFault("a path leads nowhere")
        if op == "remove":
            del parent[last]
        else:
            parent[last] = value
    elif isinstance(parent, list):
        if op == "add":
            parent.insert(len(parent) if last == "-" else _index(last, len(parent) + 1), value)
        elif op == "remove":
            del parent[_index(last, len(parent))]
        else:
            parent[_index(last, len(parent))] = value
    else:
        raise PatchFault("a path leads through a plain value")
    return document


def _child(parent: Any, token: str) -> Any:
    if isinstance(parent, dict):
        if token not in parent:
            raise PatchFault("a path leads nowhere")
        return parent[token]
    if isinstance(parent, list):
        return parent[_index(token, len(parent))]
    raise PatchFault("a path leads through a plain value")


def _index(token: str, end: int) -> int:
    if _INDEX.fullmatch(token) is None or int(token) >= end:
        raise PatchFault("an index is out of range")
    return int(token)


def _tokens(path: str) -> list[str]:
    if not path:
        return []
    if not path.startswith("/") or path.count("/") > _TOO_DEEP:
        raise PatchFault("a path is no JSON pointer")
    tokens = path[1:].split("/")
    if "~" not in path:
        return tokens
    return [token.replace("~1", "/").replace("~0", "~") for token in tokens]
