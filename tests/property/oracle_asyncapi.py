"""The verdict of the official meta schemas: the grammar's oracle, which shares no code with it.

Procedure: every reference is resolved (one that leads nowhere makes the document invalid); in the schemas of 3.x the
places that ask for a reference ask for the object instead; the resolved document is validated; then the raw one is,
and of what that finds only a `$ref` where none is allowed counts.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from servers.install import asyncapi_schemas_folder

VERSIONS = ("2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "3.0.0", "3.1.0")
"""The versions that have a meta schema."""


class Unresolved(Exception):
    """A reference that leads nowhere."""


@cache
def meta_schema(version: str) -> dict[str, Any]:
    path = asyncapi_schemas_folder() / "schemas" / f"{version}-without-$id.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _as_resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Ask for objects where the schemas of 3.x ask for references."""
    schema = copy.deepcopy(schema)
    definitions = schema["definitions"]
    channel = {"$ref": "#/definitions/channel"}
    message = {"$ref": "#/definitions/messageObject"}
    definitions["channel"]["properties"]["servers"]["items"] = {"$ref": "#/definitions/server"}
    for name in ("operation", "operationReply"):
        definitions[name]["properties"]["channel"] = channel
        definitions[name]["properties"]["messages"]["items"] = message
    return schema


@cache
def _validators(version: str) -> tuple[Any, Any]:
    raw = meta_schema(version)
    resolved = _as_resolved(raw) if version.startswith("3") else raw
    return tuple(jsonschema_rs.Draft7Validator(one, validate_formats=True) for one in (raw, resolved))


class Resolver:
    """Puts every reference's target in its place; a reference inside its own target stays.

    `files` gives the value of a file by its path, None where there is none; the document's own path is `main`.
    """

    def __init__(self, files: Any, main: str) -> None:
        self._files = files
        self._main = main
        self._done: dict[tuple[str, str], Any] = {}
        self._open: set[tuple[str, str]] = set()
        self.circles: set[tuple[str, str]] = set()
        """Targets that hold a reference to themselves."""

    def resolve(self) -> Any:
        return self._copy(self._files(self._main), self._main)

    def _copy(self, value: Any, file: str) -> Any:
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                return self._target(reference, file, value)
            return {key: self._copy(inner, file) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._copy(inner, file) for inner in value]
        return value

    def _target(self, reference: str, file: str, value: Any) -> Any:
        address, _, fragment = reference.partition("#")
        if "://" in address or address.startswith("//"):
            raise Unresolved(reference)
        target = self._join(file, unquote(address)) if address else file
        key = (target, fragment)
        if key in self._done:
            return self._done[key]
        if key in self._open:
            if self._is_loop(target, fragment):
                raise Unresolved(f"{reference} is a circle")
            self.circles.add(key)
            return dict(value)
        self._open.add(key)
        found = self._done[key] = self._copy(*self._at(target, fragment, reference))
        self._open.discard(key)
        return found

    def _is_loop(self, file: str, fragment: str) -> bool:
        """Tell whether references follow each other without a value behind them."""
        met = set()
        while (file, fragment) not in met:
            met.add((file, fragment))
            value, file = self._at(file, fragment, fragment)
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                return False
            address, _, fragment = reference.partition("#")
            file = self._join(file, unquote(address)) if address else file
        return True

    def _at(self, file: str, fragment: str, reference: str, steps: int = 0) -> tuple[Any, str]:
        value = self._files(file)
        if value is None or steps > 50:
            raise Unresolved(reference)
        if fragment in {"", "/"}:
            return value, file
        if not fragment.startswith("/"):
            raise Unresolved(reference)
        for raw in fragment[1:].split("/"):
            part = unquote(raw).replace("~1", "/").replace("~0", "~")
            while isinstance(value, dict) and isinstance(value.get("$ref"), str) and part not in value:
                address, _, inner = value["$ref"].partition("#")
                value, file = self._at(
                    self._join(file, unquote(address)) if address else file, inner, reference, steps + 1
                )
                steps += 1
                if steps > 50:
                    raise Unresolved(reference)
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                raise Unresolved(reference)
        return value, file

    @staticmethod
    def _join(file: str, address: str) -> str:
        from posixpath import dirname, join, normpath

        return normpath(join(dirname(file), address))


def _refused_references(errors: Any) -> bool:
    """Tell whether one of the errors, or one behind them, is a `$ref` that an object has no room for."""
    waiting = list(errors)
    while waiting:
        kind = waiting.pop().kind
        if "$ref" in (getattr(kind, "unexpected", None) or ()):
            return True
        for branch in getattr(kind, "context", None) or ():
            waiting.extend(branch)
    return False


def is_valid(files: Any, main: str) -> bool:
    """Tell whether the official meta schema of a document's version takes it."""
    document = files(main)
    raw, resolved = _validators(document["asyncapi"])
    try:
        whole = Resolver(files, main).resolve()
    except Unresolved:
        return False
    if not resolved.is_valid(whole):
        return False
    return raw.is_valid(document) or not _refused_references(raw.iter_errors(document))
