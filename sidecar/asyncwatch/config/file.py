"""A configuration file to values: every unknown key and wrong type is told with its place, all at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from asyncwatch.config.keys import MODEL, Each, Either, Key, Node, Section
from asyncwatch.config.kinds import ListOf, Wrong, near
from asyncwatch.config.values import Given, Path, Values, folded_path
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.reading.malformed import Malformed
from asyncwatch.reading.tree import Tree, read_tree

MOST_BYTES: Final = 1_000_000
_MOST_FAULTS: Final = 100
_MOST_NAMES: Final = 10_000

Pointer = tuple[str | int, ...]


def read_config(path: str, read: Callable[[str], bytes]) -> Values:
    """Read a configuration file.

    Raises: Misconfigured (it cannot be read, or is no YAML); MisconfiguredAll with every fault.
    """
    try:
        data = read(path)
    except OSError as error:
        raise Misconfigured(f"cannot read '{shown(path)}'", detail=error.strerror, hint="--config FILE") from None
    if len(data) > MOST_BYTES:
        raise Misconfigured(f"'{shown(path)}' is larger than {MOST_BYTES:,} bytes; is it the configuration?")
    try:
        tree = read_tree(data, path)
    except Malformed as error:
        if error.problem == "empty":
            return Values({})
        raise _without_value(error) from None
    walk = Walk(tree, os.path.dirname(path), lambda at: _place(tree, at))
    if tree.value is None:
        return Values({})
    walk.section(MODEL, tree.value, (), ())
    if isinstance(tree.value, dict) and "asyncapi" in tree.value:
        raise Misconfigured(
            f"'{shown(path)}' is an AsyncAPI document, no configuration", hint="name it as a SPEC, without --config"
        )
    if walk.faults:
        raise MisconfiguredAll(walk.faults[:_MOST_FAULTS])
    return Values(walk.given)


def _without_value(error: Malformed) -> Malformed:
    """A value that begins with `*` or `!` is no plain text in YAML, and it may be a password."""
    if error.problem == "tag" or "alias" in error.what:
        what, hint = "a value that begins with '*' or '!'", "put it in quotes"
        return Malformed(error.problem, what, error.file, error.line, error.column, hint=hint)
    return error


def _place(tree: Tree, at: Pointer) -> str:
    line, column = tree.position(at)
    return f"{tree.file}:{line}:{column}"


class Walk:
    """Compares values with the model; `place_of` names the place of a part."""

    def __init__(self, tree: Tree | None, folder: str, place_of: Callable[[Pointer], str]) -> None:
        self._folder = folder
        self._place_of = place_of
        self._is_variable = tree is None
        self.faults: list[Misconfigured] = []
        self.given: dict[Path, Given] = {}

    def node(self, node: Node, value: object, path: Path, at: Pointer) -> None:
        """Take a value for what the model has at its place; null counts as not given."""
        if value is None:
            return
        if isinstance(node, Either):
            node = node.each if isinstance(value, dict) else node.key
        if isinstance(node, Section):
            self.section(node, value, path, at)
        elif isinstance(node, Each):
            self._each(node, value, path, at)
        else:
            self._key(node, value, path, at)

    def section(self, section: Section, value: object, path: Path, at: Pointer) -> None:
        """Take the keys of a section."""
        if not isinstance(value, dict):
            self._fault(path, "keys with values are expected", at)
            return
        for key, inner in value.items():
            name = key.replace("-", "_") if section.kebab else key
            node = section.keys.get(name)
            here = (*at, key)
            if node is None:
                self._unknown((*path, key), list(section.keys), here)
            elif (*path, name) in self.given:
                self._fault((*path, name), "it stands twice", here)
            else:
                self.node(node, inner, (*path, name), here)

    def _each(self, each: Each, value: object, path: Path, at: Pointer) -> None:
        if not isinstance(value, dict):
            self._fault(path, f"a value for each {each.what} is expected", at)
            return
        rough: dict[Path, str] = {}
        for key, inner in list(value.items())[:_MOST_NAMES]:
            here = (*at, key)
            if each.names is not None and key not in each.names:
                hint = near(key, each.names) or f"known: {', '.join(each.names)}"[:200]
                self._fault((*path, key), f"no such {each.what}", here, hint)
                continue
            if not key or not key.isprintable():
                self._fault(path, f"the name of a {each.what} is printable text", here)
                continue
            other = rough.setdefault(folded_path((key,)), key)
            if path == ("servers",) and other != key:
                self._fault((*path, key), f"too like '{shown(other)}': variables cannot tell them apart", here)
            self.node(each.node, inner, (*path, key), here)

    def _key(self, key: Key, value: object, path: Path, at: Pointer) -> None:
        try:
            read = key.kind.read(value)
        except Wrong as wrong:
            place = at
            if isinstance(key.kind, ListOf) and isinstance(value, list):
                place = (*at, _first_wrong(key.kind, value))
            self._fault(path, f"{wrong.expected} is expected", place, wrong.hint)
            return
        self.given[path] = Given(read, self._place_of(at), self._folder, self._is_variable)

    def _unknown(self, path: Path, known: list[str], at: Pointer) -> None:
        hint = near(path[-1], known)
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(
                Misconfigured(
                    f"unknown key '{shown('.'.join(path))}' ({self._place_of(at)})",
                    hint=hint or f"known here: {', '.join(known)}",
                )
            )

    def _fault(self, path: Path, what: str, at: Pointer, hint: str | None = None) -> None:
        if len(self.faults) < _MOST_FAULTS:
            name = f"'{shown('.'.join(path))}'" if path else "the file"
            self.faults.append(Misconfigured(f"{name}: {what} ({self._place_of(at)})", hint=hint))


def _first_wrong(kind: ListOf, items: list[object]) -> int:
    for index, item in enumerate(items):
        try:
            kind.kind.read(item)
        except Wrong:
            return index
    return 0


def shown(text: str) -> str:
    """Make a text printable and short."""
    cut = text if len(text) <= 200 else text[:199] + "…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in cut)
