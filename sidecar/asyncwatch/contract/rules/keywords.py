"""Keywords of schemas that say nothing: misspelt, of another language, or about values of another type.

JSON Schema passes over what it does not know, so a contract looks stricter than it is.
Source: JSON Schema draft-07 and 2020-12, vocabularies; AsyncAPI Schema Object.
"""

from __future__ import annotations

import difflib
from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.placeholders import naming
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.schema_format import dialect_of
from asyncwatch.contract.sites import Site

_RULE: Final = "document.schema-keyword"
_OF_TYPES: Final[dict[tuple[str, ...], frozenset[str]]] = {
    ("number", "integer"): frozenset({"multipleOf", "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"}),
    ("string",): frozenset({"maxLength", "minLength", "pattern"}),
    ("array",): frozenset({"items", "additionalItems", "maxItems", "minItems", "uniqueItems", "contains"}),
    ("object",): frozenset(
        {
            "properties", "required", "additionalProperties", "maxProperties", "minProperties", "patternProperties",
            "propertyNames", "dependencies",
        }
    ),
}  # fmt: skip
_OF_TYPE: Final = {keyword: types for types, keywords in _OF_TYPES.items() for keyword in keywords}
_TYPES: Final = ("string", "integer", "number", "boolean", "array", "object", "null")
_NEWER: Final = frozenset(
    {
        "prefixItems", "unevaluatedProperties", "unevaluatedItems", "dependentRequired", "dependentSchemas",
        "minContains", "maxContains", "$dynamicRef", "$recursiveRef",
    }
)  # fmt: skip
_KNOWN: Final = frozenset(
    {
        "$schema", "$id", "id", "$ref", "$comment", "$defs", "$anchor", "$dynamicAnchor", "$recursiveAnchor",
        "$vocabulary", "type", "enum", "const", "format", "title", "description", "default", "examples", "example",
        "readOnly", "writeOnly", "deprecated", "discriminator", "externalDocs", "xml", "nullable", "definitions", "allOf",
        "anyOf", "oneOf", "not", "if", "then", "else", "contentEncoding", "contentMediaType", "contentSchema", "name",
        "summary", "tags",
    }
).union(_OF_TYPE, _NEWER)  # fmt: skip
_HARMLESS: Final = frozenset(
    {
        "$ref", "$comment", "title", "description", "summary", "example", "examples", "default", "deprecated", "readOnly",
        "writeOnly", "externalDocs", "xml", "$id", "$schema", "definitions", "$defs",
    }
)  # fmt: skip
"""What may stand beside `$ref` without anybody missing it."""
_OLD: Final = frozenset({"draft-04", "draft-06", "draft-07"})
_GUESSES: Final = sorted(one for one in _KNOWN if one[0] != "$")
_LIKENESS: Final = 0.84
_MOST_COMPARED: Final = 500


def effective_keywords(survey: Survey) -> None:
    """Name the keywords of every schema that say nothing about any value."""
    near: dict[str, str | None] = {}
    for place in survey.schemas:
        value = place.site.value
        if not isinstance(value, dict):
            continue
        _of_another_type(survey, place.what, place.site)
        is_old = dialect_of(place.schema_format) in _OLD
        for keyword, site in place.site.members():
            if keyword == "nullable":
                _nullable(survey, place.what, place.site, site)
            elif keyword in _NEWER and is_old:
                survey.add(
                    _RULE, "warning",
                    f"{place.what}: {keyword} is of a newer JSON Schema than this schema is written in, it says nothing",
                    site,
                )  # fmt: skip
            elif keyword not in _KNOWN and keyword[:2] != "x-":
                guess = _guess(keyword, near)
                if guess is not None and guess not in value:
                    survey.add(
                        _RULE, "warning",
                        f"{place.what}: {quote(keyword)} is no keyword and says nothing, did you mean {quote(guess)}?",
                        site,
                    )  # fmt: skip


def keywords_beside_references(survey: Survey) -> None:
    """Name the keywords that stand beside a reference, where dialects up to draft-07 pass over them."""
    if not survey.schemas:
        return
    for place in survey.schema_walk.references:
        if dialect_of(place.schema_format) not in _OLD:
            continue
        lost = [(name, site) for name, site in place.site.members() if name not in _HARMLESS and name[:2] != "x-"]
        if lost:
            names = naming([name for name, _ in lost])
            survey.add(_RULE, "warning", f"{place.what}: what stands beside $ref says nothing: {names}", lost[0][1])


def _guess(keyword: str, near: dict[str, str | None]) -> str | None:
    if keyword not in near:
        if len(near) >= _MOST_COMPARED or len(keyword) > 40:
            return None
        same = [one for one in _GUESSES if one.lower() == keyword.lower()]
        found = same or difflib.get_close_matches(keyword, _GUESSES, 1, _LIKENESS)
        near[keyword] = found[0] if found else None
    return near[keyword]


def _of_another_type(survey: Survey, what: str, schema: Site) -> None:
    if not isinstance(schema.value, dict):
        return
    given = schema.value.get("type")
    types = [given] if isinstance(given, str) else given
    if not isinstance(types, list) or not types or any(one not in _TYPES for one in types):
        return
    for keyword, wanted in _OF_TYPE.items():
        if keyword in schema.value and not any(one in types for one in wanted):
            survey.add(
                _RULE, "warning",
                f"{what}: {keyword} says nothing about values of type {' or '.join(map(str, types))}",
                schema.child(keyword) or schema,
            )  # fmt: skip


def _nullable(survey: Survey, what: str, schema: Site, site: Site) -> None:
    types = schema.value.get("type") if isinstance(schema.value, dict) else None
    if (
        site.value is True
        and types is not None
        and types != "null"
        and not (isinstance(types, list) and "null" in types)
    ):
        survey.add(
            _RULE, "warning",
            f"{what}: nullable is a word of OpenAPI and says nothing here, null does not fit: "
            "write 'null' into the list of types",
            site,
        )  # fmt: skip
