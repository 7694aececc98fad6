"""What a schema says at one place, in one line: the rule that a finding breaks, for people who do not have the document."""

from __future__ import annotations

from typing import Any, Final

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.keywords import ANNOTATIONS, LISTS, MAPS, SINGLE
from asyncwatch.contract.sites import read_pointer
from asyncwatch.contract.wording import branch_name, shown

_MOST_SIGNS: Final = 240
_MOST_NAMES: Final = 12

Schema = dict[str, Any]


def schema_excerpt(bundle: Bundle, schema_path: str, keyword: str | None) -> str | None:
    """Write the schema that holds a keyword: that keyword first, what is nested only by name; None if it is not there."""
    part: object = bundle
    above: object = bundle
    for name in read_pointer(schema_path.removeprefix("#")):
        above = part
        if isinstance(part, dict) and name in part:
            part = part[name]
        elif isinstance(part, list) and name.isdecimal() and len(name) < 9 and int(name) < len(part):
            part = part[int(name)]
        else:
            return None
    schema = part if isinstance(part, dict) and keyword not in (above if isinstance(above, dict) else ()) else above
    if keyword == "false" and part is False:
        return "false"
    if not isinstance(schema, dict):
        return None
    names = [name for name in schema if name not in ANNOTATIONS and name not in {"definitions", "$defs"}]
    names.sort(key=lambda name: name != keyword)
    text = "{" + ", ".join(f"{shown(name)}: {_written(bundle, name, schema[name])}" for name in names) + "}"
    cut = text if len(text) <= _MOST_SIGNS else text[: _MOST_SIGNS - 1] + "…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in cut)


def _written(bundle: Bundle, keyword: str, value: object) -> str:
    if keyword in MAPS and isinstance(value, dict):
        names = [f"{shown(name)}: …" for name in list(value)[:_MOST_NAMES]]
        return "{" + ", ".join([*names, *(["…"] if len(value) > _MOST_NAMES else [])]) + "}"
    if keyword in LISTS and isinstance(value, list):
        branches = [branch_name(bundle, one) or "{…}" for one in value[:_MOST_NAMES]]
        return "[" + ", ".join([*branches, *(["…"] if len(value) > _MOST_NAMES else [])]) + "]"
    if keyword in SINGLE and isinstance(value, dict):
        return "{…}" if value else "{}"
    return shown(value)
