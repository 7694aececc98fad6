"""The variables `ASYNCWATCH_…` to values: `ASYNCWATCH_CHECKS__VALUES=true` is the key `checks.values`.

Rule 1: `__` stands between the names of a path; case and signs do not count.
Rule 2: a variable may also hold a whole section, written as YAML on one line.
Rule 3: what begins with no key of ours is somebody else's; what begins like one and is none is a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.config.file import Walk
from asyncwatch.config.keys import MODEL, Each, Either, Key, Node, Section
from asyncwatch.config.kinds import Wrong, near
from asyncwatch.config.values import Given, Path, Values, folded
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.reading.malformed import Malformed
from asyncwatch.reading.tree import read_tree

PREFIX: Final = "ASYNCWATCH_"


def read_variables(environ: Mapping[str, str], folder: str) -> tuple[Values, list[str]]:
    """Read all variables; warnings name those that look like ours and are none. Paths are relative to `folder`.

    Raises: MisconfiguredAll with every wrong one; no value is told.
    """
    given: dict[Path, Given] = {}
    faults: list[Misconfigured] = []
    warnings: list[str] = []
    for variable in sorted(environ):
        if not variable.upper().startswith(PREFIX):
            continue
        parts = variable[len(PREFIX) :].split("__")
        top = parts[0].lower()
        if top not in MODEL.keys:
            hint = near(top, list(MODEL.keys)) if len(parts) > 1 else None
            if hint is not None:
                warnings.append(f"{variable} is no setting, it is ignored; {hint}")
            continue
        if not environ[variable].strip():
            continue  # set to nothing is not set
        try:
            given |= _read(variable, environ[variable], parts, folder)
        except MisconfiguredAll as error:
            faults.extend(error.faults)
        except Misconfigured as error:
            faults.append(error)
    if faults:
        raise MisconfiguredAll(faults)
    return Values(given), warnings


def _read(variable: str, text: str, parts: list[str], folder: str) -> dict[Path, Given]:
    node: Node = MODEL
    path: Path = ()
    for part in parts:
        if isinstance(node, Either):
            node = node.each
        name, inner = _step(node, part)
        if inner is None:
            known = _names(node)
            hint = near(part.lower(), [folded(one) for one in known]) or f"one of {', '.join(known)}"[:300]
            raise Misconfigured(f"unknown setting {variable}", hint=hint if known else "it has no keys of its own")
        path, node = (*path, name), inner
    if isinstance(node, Either):
        node = node.key
    if isinstance(node, Key):
        try:
            value = node.kind.parse(text)
        except Wrong as wrong:
            raise Misconfigured(f"{variable}: {wrong.expected} is expected", hint=wrong.hint) from None
        return {path: Given(value, variable, folder, from_variable=True)}
    return _read_section(variable, text, node, path, folder)


def _read_section(variable: str, text: str, node: Node, path: Path, folder: str) -> dict[Path, Given]:
    try:
        value = read_tree(text.encode("utf-8", "surrogateescape"), variable).value
    except Malformed:
        raise Misconfigured(f"{variable}: YAML on one line is expected, such as {{key: value}}") from None
    walk = Walk(None, folder, lambda _: variable)
    walk.node(node, value, path, ())
    if walk.faults:
        raise MisconfiguredAll(walk.faults)
    return walk.given


def _step(node: Node, part: str) -> tuple[str, Node | None]:
    if isinstance(node, Section):
        found = next((name for name in node.keys if name == part.lower()), None)
        return (found, node.keys[found]) if found is not None else (part, None)
    if isinstance(node, Each) and part:
        if node.names is None:
            return part.lower(), node.node
        known = next((name for name in node.names if folded(name) == folded(part)), None)
        return (known, node.node) if known is not None else (part, None)
    return part, None


def _names(node: Node) -> list[str]:
    if isinstance(node, Section):
        return list(node.keys)
    return list(node.names or ()) if isinstance(node, Each) else []
