"""The JSON Schema engine, set up so that it never fetches, never hangs and never tells a value.

Rule 1: nothing is retrieved; every reference is inside the bundle.
Rule 2: patterns run on an engine that takes linear time; only a schema whose patterns need look-around or
back-references runs on one that backtracks, under a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import jsonschema_rs

from asyncwatch.contract.assertions import with_assertions
from asyncwatch.contract.bundle import Bundle, outline
from asyncwatch.contract.refusal import refusal
from asyncwatch.contract.schema_cost import explodes
from asyncwatch.contract.schema_format import Dialect

_ENGINES: Final[dict[Dialect, type[jsonschema_rs.Validator]]] = {
    "draft-04": jsonschema_rs.Draft4Validator,
    "draft-06": jsonschema_rs.Draft6Validator,
    "draft-07": jsonschema_rs.Draft7Validator,
    "2019-09": jsonschema_rs.Draft201909Validator,
    "2020-12": jsonschema_rs.Draft202012Validator,
}
_LINEAR: Final = jsonschema_rs.RegexOptions(size_limit=1 << 20, dfa_size_limit=1 << 21)
_BACKTRACKING: Final = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=100_000, size_limit=1 << 20, dfa_size_limit=1 << 21
)

Verdict = Callable[[object], bool]


class SchemaRefused(ValueError):
    """The engine does not take a schema; `path` leads to the fault inside the bundle."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class Engine:
    """Compiles a schema, and on demand parts of it, for one dialect."""

    def __init__(self, bundle: Bundle, dialect: Dialect) -> None:
        """Compile the whole schema.

        Raises: SchemaRefused.
        """
        if explodes(bundle):
            raise SchemaRefused("its parts hold each other so often that no value could be judged in time")
        self._validator = _ENGINES[dialect]
        self.is_valid: Verdict = self._compile(with_assertions(bundle))
        definitions = bundle.get("definitions") if isinstance(bundle, dict) else None
        self._definitions: dict[str, object] = definitions if isinstance(definitions, dict) else {}
        self._outlines: dict[str, tuple[set[str], int]] = {}

    def part(self, schema: Mapping[str, object]) -> tuple[Mapping[str, object], int]:
        """Give a part of the bundle with the definitions it needs, and how many schemas that makes together."""
        names, weight = outline(schema)
        needed: dict[str, object] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in needed or name not in self._definitions:
                continue
            needed[name] = self._definitions[name]
            if name not in self._outlines:
                self._outlines[name] = outline(needed[name])
            inner, inner_weight = self._outlines[name]
            weight += inner_weight
            waiting.extend(inner)
        return ({**schema, "definitions": needed} if needed else schema), weight

    def compile_part(self, part: Mapping[str, object]) -> Verdict:
        """Compile what `part` gave.

        Raises: SchemaRefused.
        """
        return self._compile(with_assertions(dict(part)))

    def _compile(self, schema: Bundle) -> Verdict:
        try:
            return self._compile_with(schema, _LINEAR)
        except (jsonschema_rs.ValidationError, ValueError):
            pass  # perhaps a pattern that only the other engine reads
        try:
            return self._compile_with(schema, _BACKTRACKING)
        except jsonschema_rs.ValidationError as error:
            path = tuple(error.instance_path)
            raise SchemaRefused(refusal(path, error.kind), path) from error
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise SchemaRefused(str(error).partition("\n")[0][:200]) from error

    def _compile_with(
        self, schema: Bundle, patterns: jsonschema_rs.RegexOptions | jsonschema_rs.FancyRegexOptions
    ) -> Verdict:
        validator = self._validator(schema, validate_formats=True, offline=True, mask="***", pattern_options=patterns)
        return validator.is_valid
