"""How a broken keyword is told: in words of the schema, never with a value of the message.

Constants of the schema come from the document and are shown, cut to a readable length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from asyncwatch.contract.bundle import Bundle, read_definition
from asyncwatch.contract.declared import definition_of
from asyncwatch.contract.sites import kind_of

_MOST: Final = 120
_MOST_NAME: Final = 80
_TEMPLATES: Final[dict[str, str]] = {
    "multipleOf": "a multiple of {}", "maximum": "at most {}", "minimum": "at least {}",
    "exclusiveMaximum": "less than {}", "exclusiveMinimum": "more than {}", "maxLength": "at most {} characters",
    "minLength": "at least {} characters", "pattern": "pattern {}", "format": "format {}", "maxItems": "at most {} items",
    "minItems": "at least {} items", "maxProperties": "at most {} properties",
    "minProperties": "at least {} properties", "contentEncoding": "content encoding {}",
    "contentMediaType": "content of type {}", "const": "{}",
}  # fmt: skip
_FIXED: Final[dict[str, str]] = {
    "uniqueItems": "unique items", "additionalProperties": "no undeclared properties",
    "unevaluatedProperties": "no undeclared properties", "additionalItems": "no further items",
    "unevaluatedItems": "no further items", "items": "no further items", "propertyNames": "property names that fit",
    "contains": "an item that fits", "not": "a value that does not fit", "required": "required",
    "dependencies": "required", "dependentRequired": "required", "false": "nothing here",
}  # fmt: skip
_COUNTED: Final = {
    "anyOf": "one of {} schemas", "oneOf": "exactly one of {} schemas", "enum": "one of {} values",
}  # fmt: skip


def expectation(keyword: str, schema: Mapping[str, object]) -> str:
    """Say what a keyword of a schema expects."""
    argument = schema.get(keyword)
    if keyword == "type":
        return " or ".join(map(str, argument)) if isinstance(argument, list) else str(argument)
    if keyword in _COUNTED and isinstance(argument, list):
        if keyword == "enum" and len(argument) == 1:
            return shown(argument[0])
        return _COUNTED[keyword].format(len(argument))
    if keyword in {"maximum", "minimum"} and schema.get("exclusive" + keyword.capitalize()) is True:
        return _TEMPLATES["exclusive" + keyword.capitalize()].format(shown(argument))
    template = _TEMPLATES.get(keyword)
    if template is not None:
        text = argument[:_MOST] if isinstance(argument, str) and keyword != "const" else shown(argument)
        return template.format(text)
    return _FIXED.get(keyword, "a value that fits the schema")


def shown(value: object) -> str:
    """Write a constant of the schema as JSON, cut to a readable length."""
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError):
        text = kind_of(value)
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def branch_name(bundle: Bundle, branch: object) -> str | None:
    """Say by which name people know one of several schemas: its title, its definition's name, or its fixed value."""
    if not isinstance(branch, dict):
        return None
    target, name = branch, None
    if isinstance(branch.get("$ref"), str) and isinstance(bundle, dict):
        name = read_definition(branch["$ref"])
        found = definition_of(bundle, branch["$ref"])
        target = found if isinstance(found, dict) else branch
    for part in (branch, target):
        title = part.get("title")
        if isinstance(title, str) and title.strip():
            return title.strip()[:_MOST_NAME]
    if name:
        return name[:_MOST_NAME]
    properties = branch.get("properties")
    for field, inner in properties.items() if isinstance(properties, dict) else ():
        fixed = _fixed(inner)
        if fixed:
            return f"{field} {fixed[0]}"[:_MOST_NAME]
    return None


def _fixed(schema: object) -> list[str]:
    """Give the one value that a schema allows, if it is one."""
    if not isinstance(schema, dict):
        return []
    listed = [schema["const"]] if "const" in schema else schema.get("enum")
    return [shown(listed[0])] if isinstance(listed, list) and len(listed) == 1 else []


def with_article(kind: str) -> str:
    """Say `is a string`, `is an array`, `is null`."""
    if kind == "null":
        return "is null"
    return f"is an {kind}" if kind[0] in "aeio" else f"is a {kind}"


def sentence(path: str, actual: str, expected: str) -> str:
    """Say in one line what is wrong at a place."""
    return f"{path or 'the value'} {with_article(actual)}, {expected} expected"
