"""A schema of an older dialect, restated in a newer one, so that a schema of several formats has one engine.

Source: the sections on changes of JSON Schema draft-06, draft-07, 2019-09 and 2020-12.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.schema_format import Dialect

DIALECTS: Final[tuple[Dialect, ...]] = ("draft-04", "draft-06", "draft-07", "2019-09", "2020-12")
"""From the oldest to the newest."""
_NEW: Final[dict[Dialect, tuple[str, ...]]] = {
    "draft-06": ("const", "contains", "propertyNames"),
    "draft-07": ("if", "then", "else", "contentEncoding", "contentMediaType"),
    "2019-09": (
        "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties", "minContains",
        "maxContains", "contentSchema",
    ),
    "2020-12": ("prefixItems",),
}  # fmt: skip
"""Keywords that mean something from a dialect on, and nothing before."""


def restate(schema: dict[str, object], source: Dialect, target: Dialect) -> dict[str, object]:
    """Say what a schema of one dialect says in a newer one; its parts have been restated already."""
    first, last = DIALECTS.index(source), DIALECTS.index(target)
    unknown = {name for dialect in DIALECTS[first + 1 : last + 1] for name in _NEW.get(dialect, ())}
    stated = {key: value for key, value in schema.items() if key not in unknown}
    if first < 1 <= last:
        exclusive_bounds(stated)
    if first < DIALECTS.index("2019-09") <= last:
        _dependencies(stated)
    if first < DIALECTS.index("2020-12") <= last:
        rest = stated.pop("additionalItems", None)
        if isinstance(stated.get("items"), list):
            stated["prefixItems"] = stated.pop("items")
            if rest is not None:
                stated["items"] = rest
    return stated


def exclusive_bounds(schema: dict[str, object]) -> None:
    """Turn bounds that a flag makes exclusive, as draft-04 has them, into bounds of their own."""
    for bound in ("minimum", "maximum"):
        keyword = "exclusive" + bound.capitalize()
        flag = schema.get(keyword)
        if flag is True and bound in schema:
            schema[keyword] = schema.pop(bound)
        elif isinstance(flag, bool):
            del schema[keyword]


def _dependencies(schema: dict[str, object]) -> None:
    given = schema.pop("dependencies", None)
    if not isinstance(given, dict):
        return
    names = {name: one for name, one in given.items() if isinstance(one, list)}
    schemas = {name: one for name, one in given.items() if not isinstance(one, list)}
    if names:
        schema["dependentRequired"] = names
    if schemas:
        schema["dependentSchemas"] = schemas
