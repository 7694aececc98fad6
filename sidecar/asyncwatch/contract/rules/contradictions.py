"""Schemas that no value fits, or parts of them that no value can have.

Only what stands in the text is compared: bounds that cross, values of another type than the schema's, names that a
closed object does not have.
Source: JSON Schema draft-07, validation keywords.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson

from asyncwatch.contract.rules.in_place import all_of
from asyncwatch.contract.rules.placeholders import naming
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.sites import Site, kind_of

_RULE: Final = "document.schema-contradiction"
_BOUNDS: Final = (
    ("minimum", "maximum", False), ("exclusiveMinimum", "exclusiveMaximum", True), ("exclusiveMinimum", "maximum", True),
    ("minimum", "exclusiveMaximum", True), ("minLength", "maxLength", False), ("minItems", "maxItems", False),
    ("minProperties", "maxProperties", False), ("minContains", "maxContains", False),
)  # fmt: skip
_BOUND_NAMES: Final = frozenset(name for pair in _BOUNDS for name in pair[:2])
_MOST_VALUES: Final = 1_000
_MOST_BRANCHES: Final = 100


def contradictory_schemas(survey: Survey) -> None:
    """Look at every schema for what contradicts itself."""
    for place in survey.schemas:

        def tell(summary: str, site: Site, what: str = place.what) -> None:
            survey.add(_RULE, "warning", f"{what}: {summary}", site)

        _bounds(place.site, tell)
        _types(place.site, tell)
        _closed(survey, place.site, tell)
        _branches(place.site, tell)


Tell = Callable[[str, Site], None]


def _bounds(site: Site, tell: Tell) -> None:
    if not isinstance(site.value, dict) or _BOUND_NAMES.isdisjoint(site.value):
        return
    for low, high, is_open in _BOUNDS:
        lower, upper = site.child(low), site.child(high)
        if lower is None or upper is None or not _is_number(lower.value) or not _is_number(upper.value):
            continue
        assert isinstance(lower.value, int | float)
        assert isinstance(upper.value, int | float)
        if lower.value > upper.value or (is_open and lower.value == upper.value):
            tell(f"{low} {lower.value} and {high} {upper.value} leave no value", upper)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _types(site: Site, tell: Tell) -> None:
    """Constants of another type than the schema's, and a `const` that `enum` does not have."""
    if not isinstance(site.value, dict) or not ("const" in site.value or "enum" in site.value):
        return
    types = _types_of(site)
    const, listed = site.child("const"), site.child("enum")
    if const is not None and types is not None and not _is_of(const.value, types):
        tell(f"const is of type {kind_of(const.value)}, the schema's type is {_written(types)}", const)
    if listed is None or not isinstance(listed.value, list) or not listed.value:
        return
    values = list(listed.items())[:_MOST_VALUES]
    if const is not None and len(listed.value) <= _MOST_VALUES and const.value not in listed.value:
        tell("const is not one of the values of enum: no value fits", const)
    wrong = [value for value in values if types is not None and not _is_of(value.value, types)]
    if wrong:
        how_many = "no value" if len(wrong) == len(listed.value) else "not every value"
        tell(f"{how_many} of enum is of the schema's type: {kind_of(wrong[0].value)}, not {_written(types)}", wrong[0])


def _types_of(site: Site) -> list[str] | None:
    value = site.value.get("type") if isinstance(site.value, dict) else None
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) and value else None


def _written(types: list[str] | None) -> str:
    return " or ".join(one[:40] for one in types or ())


def _is_of(value: object, types: list[str]) -> bool:
    kind = kind_of(value)
    if kind == "integer" and "number" in types:
        return True
    return kind in types or (isinstance(value, float) and value.is_integer() and "integer" in types)


def _closed(survey: Survey, site: Site, tell: Tell) -> None:
    """Names that one part demands and another, which is closed, does not have."""
    if not isinstance(site.value, dict) or not ("allOf" in site.value or "additionalProperties" in site.value):
        return
    parts = all_of(survey, site)
    for part in parts:
        if not isinstance(part.value, dict) or part.value.get("additionalProperties") is not False:
            continue
        if part.value.get("patternProperties"):
            continue
        declared = part.value.get("properties")
        known = set(declared) if isinstance(declared, dict) else set()
        closing = part.child("additionalProperties") or part
        for other in parts:
            if not survey.take_step():
                return
            required = other.child("required")
            for name in required.items() if required is not None else ():
                if isinstance(name.value, str) and name.value not in known:
                    where = "properties" if other is part else "properties of a part with additionalProperties: false"
                    tell(f"{naming([name.value])} is required and is none of the {where}: no object fits", name)
        _never_there(part, parts, known, closing, tell)


def _never_there(part: Site, parts: list[Site], known: set[str], closing: Site, tell: Tell) -> None:
    """Properties that other parts describe, and a closed one refuses."""
    required = {
        name for one in parts if isinstance(one.value, dict) and isinstance(one.value.get("required"), list)
        for name in one.value["required"] if isinstance(name, str)
    }  # fmt: skip
    others: dict[str, None] = {}
    for other in parts:
        properties = other.value.get("properties") if isinstance(other.value, dict) and other is not part else None
        if isinstance(properties, dict):
            others |= dict.fromkeys(name for name in properties if name not in known and name not in required)
    if others:
        tell(
            f"additionalProperties: false refuses {naming(list(others))}, which another part of allOf describes",
            closing,
        )


def _branches(site: Site, tell: Tell) -> None:
    """Two branches of `oneOf` that are the same."""
    listed = site.child("oneOf")
    if listed is None or not isinstance(listed.value, list):
        return
    seen: dict[bytes, int] = {}
    for number, branch in enumerate(list(listed.items())[:_MOST_BRANCHES], 1):
        try:
            text = orjson.dumps(branch.value, option=orjson.OPT_SORT_KEYS)
        except (TypeError, ValueError):
            continue
        first = seen.setdefault(text, number)
        if first != number:
            tell(f"branches {first} and {number} of oneOf are the same: what fits one of them fits both", branch)
