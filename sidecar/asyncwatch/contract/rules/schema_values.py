"""Defaults and examples inside schemas fit the schema they stand in.

The official parser tries those of 2.x payloads, parameters and components, at the top of the schema, and no texts.
Source: AsyncAPI 2.6 and 3.1, "Schema Object": a default conforms to the type it is declared at.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.rules.judging import faults_of, is_lenient, weight_of
from asyncwatch.contract.rules.schema_walk import SchemaPlace
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.sites import Site, kind_of
from asyncwatch.model.route import Schema

_SILENT: Final = frozenset(
    {"type", "description", "title", "default", "examples", "deprecated", "readOnly", "writeOnly"}
)
"""Keywords of which only `type` says which values fit."""
_MOST_COMPILED: Final = 2_000
_MOST_PARTS: Final = 5_000
"""Schemas that those which are compiled refer to, all together."""
_MOST_EXAMPLES: Final = 1_000


def fitting_schema_values(survey: Survey) -> None:
    """Try the default and the examples of every schema."""
    left, parts = _MOST_COMPILED, _MOST_PARTS
    for place in survey.schemas:
        values = list(_values(place.site))
        if (place.site.file, place.site.pointer) in survey.endless.places:
            continue
        if not values or _fits_by_type(place.site, values):
            continue
        if left == 0 or parts <= 0:
            survey.leave_out(f"defaults and examples of more than {_MOST_COMPILED - left:,} schemas", place.site)
            return
        left -= 1
        schema = survey.judges.schema(place.site, place.schema_format)
        parts -= weight_of(schema)
        if schema is not None:
            for word, site in values:
                _judge(survey, place, schema, word, site)


def _values(schema: Site) -> list[tuple[str, Site]]:
    default, examples = schema.child("default"), schema.child("examples")
    found = [] if default is None else [("the default", default)]
    if examples is not None and isinstance(examples.value, list):
        found += [(f"example {number}", site) for number, site in enumerate(examples.items(), 1)][:_MOST_EXAMPLES]
    return found


def _fits_by_type(schema: Site, values: list[tuple[str, Site]]) -> bool:
    """Tell whether all values fit a schema that says no more than their types: the quick road for most leaves."""
    if not isinstance(schema.value, dict) or any(key not in _SILENT and key[:2] != "x-" for key in schema.value):
        return False
    wanted = schema.value.get("type")
    types = (
        {wanted}
        if isinstance(wanted, str)
        else {one for one in wanted if isinstance(one, str)}
        if isinstance(wanted, list)
        else None
    )
    return types is None or all(_is_of(site.value, types) for _, site in values)


def _is_of(value: object, types: set[str]) -> bool:
    kind = kind_of(value)
    if isinstance(value, dict | list):
        return False  # it may hold references
    return kind in types or (kind == "integer" and "number" in types)


def _judge(survey: Survey, place: SchemaPlace, schema: Schema, word: str, site: Site) -> None:
    try:
        value = survey.judges.value(site)
    except Unresolvable:
        return
    is_tried = place.is_tried and not isinstance(value, str)
    for fault, where in faults_of(schema, value, site):
        is_error = is_tried and not is_lenient(fault, value)
        survey.add(
            "document.schema-value", "error" if is_error else "warning",
            f"{word} in the {place.what} does not fit its schema: {fault.summary}", where,
        )  # fmt: skip
