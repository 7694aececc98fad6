"""Values that fit a schema, made from what the schema says, and values that break it in one place."""

from __future__ import annotations

import re
from copy import deepcopy
from urllib.parse import unquote

FORMATS = {
    "date-time": "2026-11-23T14:02:11Z", "date": "2026-11-23", "time": "14:02:11Z", "email": "a@example.org",
    "uuid": "7d3e9a10-c44b-4c44-8c44-7d3e9a10c44b", "uri": "https://example.org/a", "url": "https://example.org/a",
    "byte": "YQ==", "ipv4": "192.0.2.1", "hostname": "example.org",
}  # fmt: skip
_PATTERNS = {r"^[A-Z]{3}-\d+$": "ABC-1", r"[A-Z\s]+\/[A-Z\s]+": "A/B"}


def fitting_sample(bundle, is_valid):
    """Make a value that fits a bundled schema; None if no simple one does."""
    for branch in range(4):
        for given in (("const", "default", "example", "examples", "enum"), ("const", "enum")):
            value = sample(bundle, bundle, branch, given)
            if is_valid(value):
                return value
    return None


def sample(bundle, schema, branch, given, depth=0):
    """Make a value from a schema; it may not fit where the schema says more than is looked at."""
    if not isinstance(schema, dict) or depth > 12:
        return None
    if "$ref" in schema:
        name = unquote(schema["$ref"].rpartition("/")[2]).replace("~1", "/").replace("~0", "~")
        return sample(bundle, bundle["definitions"][name], branch, given, depth + 1)
    for key in given:
        if key in {"enum", "examples"} and isinstance(schema.get(key), list) and schema[key]:
            return deepcopy(schema[key][0])
        if key in schema and schema[key] is not None:
            return deepcopy(schema[key])
    made = None
    if "allOf" in schema:
        made = {}
        for part in schema["allOf"]:
            inner = sample(bundle, part, branch, given, depth + 1)
            inner = made if inner is None else inner
            made = {**made, **inner} if isinstance(inner, dict) and isinstance(made, dict) else inner
    for key in ("oneOf", "anyOf"):
        if key in schema and made is None:
            made = sample(bundle, schema[key][min(branch, len(schema[key]) - 1)], branch, given, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else None)
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        made = made if isinstance(made, dict) else {}
        for name, inner in schema.get("properties", {}).items():
            if depth < 4 or name in schema.get("required", []):
                made.setdefault(name, sample(bundle, inner, branch, given, depth + 1))
        for name in schema.get("required", []):
            made.setdefault(name, "x")
        return made
    if kind == "array":
        return [sample(bundle, schema.get("items", {}), branch, given, depth + 1)] * max(schema.get("minItems", 1), 1)
    if kind in {"integer", "number"}:
        return schema.get("minimum", schema.get("maximum", 1))
    if kind == "string":
        text = FORMATS.get(schema.get("format")) or _PATTERNS.get(schema.get("pattern"), "x")
        return text.ljust(schema.get("minLength", 0), "x")
    if kind == "boolean":
        return True
    return made


def breakages(value, pointer=""):
    """Give copies of a value with one place broken: a member missing, another type, another text; with its pointer.

    Shape: (pointer of the fault, kind, value).
    """
    found = []
    if isinstance(value, dict):
        for name, part in value.items():
            rest = {key: one for key, one in value.items() if key != name}
            inner = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            found.append((inner, "missing", rest))
            found.extend((where, kind, value | {name: new}) for where, kind, new in breakages(part, inner))
    if isinstance(value, list) and value:
        found.extend((where, kind, [new, *value[1:]]) for where, kind, new in breakages(value[0], f"{pointer}/0"))
    found.append((pointer, "type", {"\u2603": []} if not isinstance(value, dict) else ["\u2603"]))
    if isinstance(value, str):
        found.append((pointer, "text", "\u2603"))
    return found


def grouped(pointer):
    """Write a pointer as findings are grouped by: any index is one."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)
