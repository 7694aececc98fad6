"""A digest of what a schema means: equal for schemas that differ in names, order and remarks only.

A definition without a way back to itself is known by its own digest; the others are numbered in the order in which
the root reaches them, so the digest is finite and does not depend on their names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from asyncwatch.contract.bundle import Bundle, outline, read_definition
from asyncwatch.contract.keywords import ANNOTATIONS, LISTS, MAPS, SINGLE


def digest_of(bundle: Bundle, dialect: str) -> str:
    """Give a schema's digest: 32 hex digits."""
    if isinstance(bundle, bool):
        return _hash([dialect, bundle])
    definitions = bundle.get("definitions")
    parts: dict[str, object] = {}
    if isinstance(definitions, dict):
        parts |= definitions
    known = _finite(parts)
    numbers: dict[str, int] = {}

    def number(reference: str) -> object:
        name = read_definition(reference)
        if name is None or name not in parts:
            return reference
        return known[name] if name in known else numbers.setdefault(name, len(numbers))

    root = {key: value for key, value in bundle.items() if key != "definitions"}
    written = [_meaning(root, number)]
    while len(written) <= len(numbers):  # grows while it is written
        written.append(_meaning(parts[list(numbers)[len(written) - 1]], number))
    return _hash([dialect, written])


def _finite(parts: dict[str, object]) -> dict[str, object]:
    """Give the meanings of all parts that refer to no part still without one: leaves first."""
    needed = {name: outline(part)[0] & parts.keys() for name, part in parts.items()}
    users: dict[str, list[str]] = {}
    for name, targets in needed.items():
        for target in targets:
            users.setdefault(target, []).append(name)
    known: dict[str, object] = {}
    ready = [name for name, targets in needed.items() if not targets]
    open_targets = {name: len(targets) for name, targets in needed.items()}
    while ready:
        name = ready.pop()
        known[name] = _meaning(parts[name], lambda reference: known.get(read_definition(reference) or "", reference))
        for user in users.get(name, ()):
            open_targets[user] -= 1
            if open_targets[user] == 0:
                ready.append(user)
    return known


def _meaning(schema: object, number: Callable[[str], object]) -> object:
    """Give a schema without remarks, its references as `number` tells them.

    A reference is told as the part it names: `{"$ref": x}` alone and x itself mean the same.
    """
    if not isinstance(schema, dict):
        return schema
    meant: dict[str, object] = {}
    for key in sorted(schema):
        value = schema[key]
        if key in ANNOTATIONS or key.startswith("x-"):
            continue
        if key == "$ref" and isinstance(value, str):
            meant[key] = number(value)
        elif key in MAPS and isinstance(value, dict):
            meant[key] = {one: _meaning(value[one], number) for one in sorted(value)}
        elif key in LISTS and isinstance(value, list):
            meant[key] = [_meaning(item, number) for item in value]
        elif key in SINGLE:
            meant[key] = _meaning(value, number)
        elif key == "required" and isinstance(value, list):
            meant[key] = sorted(map(str, value))
        else:
            meant[key] = value
    if len(meant) == 1 and "$ref" in meant and not _has_number(meant):
        return meant["$ref"]
    return meant if _has_number(meant) else _hash(meant)


def _has_number(meant: object) -> bool:
    """Tell whether a part holds a reference that is only numbered: such a part has no digest of its own."""
    if isinstance(meant, dict):
        return any((key == "$ref" and isinstance(value, int)) or _has_number(value) for key, value in meant.items())
    return isinstance(meant, list) and any(map(_has_number, meant))


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
