"""An object with fields of its own, against the fields that it has in a version."""

from __future__ import annotations

import re
from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.grammar.language import OPAQUE, Beside, Record
from asyncwatch.contract.grammar.near_miss import near_miss
from asyncwatch.contract.grammar.scalars import is_extension
from asyncwatch.contract.grammar.specification import Fields
from asyncwatch.contract.grammar.visit import Part, Visit
from asyncwatch.contract.grammar.words import shown_kind
from asyncwatch.contract.sites import Site

_DATA: Final = frozenset({"example", "examples", "default", "const", "enum"})
"""Names that hold data in every schema language, so that a `$ref` in them is none."""
_IN_BACKQUOTES: Final = re.compile(r"`(\w+)`")
_MOST_COMPARED: Final = 2_000
"""Faults of a document after which unknown fields are no longer compared with the known ones."""


def check_record(visit: Visit, record: Record, value: dict[str, object], part: Part) -> None:
    """Judge an object's own fields, and let what stands in them wait."""
    site = part.site
    fields = visit.specification.fields(record)
    seen_through = visit.seen_through(site, value) if fields.looks_beside else value
    unknown: list[Site] = []
    for key, inner in value.items():
        kind = fields.kinds.get(key)
        member = Site(site.file, (*site.pointer, key), inner)
        if kind is not None:
            visit.add(kind.choose(seen_through) if isinstance(kind, Beside) else kind, member, part, record.noun)
        elif record.is_open:
            if key not in _DATA and not key.startswith("x-"):
                visit.add(OPAQUE, member, part, record.noun)
        elif not _extends(record, key):
            unknown.append(member)
    meant = _note_unknown(visit, record, fields, unknown, part) if unknown else frozenset()
    for name in fields.required:
        if name not in value and name not in meant:
            whole = f"which {record.noun} must have" if site.pointer else "which must be there"
            visit.note("document.required", f"{visit.name(part)} lacks '{name}', {whole}", site, part)
    for rule in record.rules:
        fault = rule(seen_through)
        if fault is None:
            continue
        name_at_fault, what = fault
        if name_at_fault is None:
            visit.note("document.required", f"{visit.name(part)} {what}", site, part)
        else:
            there = Site(site.file, (*site.pointer, name_at_fault), value[name_at_fault])
            visit.note("document.field", what if record.noun in what else f"{what} ({record.noun})", there, part)


def _note_unknown(visit: Visit, record: Record, fields: Fields, unknown: list[Site], part: Part) -> frozenset[str]:
    """Report unknown fields; gives the names of the known ones that they were probably meant to be."""
    meant: set[str] = set()
    for member in unknown:
        key = str(member.pointer[-1])
        if key == "$ref":
            what = f"'$ref' of {record.noun} is {shown_kind(member.value)}, a text is expected"
            visit.note("document.type", what, member, part)
            continue
        hint, names = _hint(record, fields, key) if visit.faults < _MOST_COMPARED else ("", [])
        meant.update(names)
        visit.note("document.field", f"unknown field {quote(key)} of {record.noun}{hint}", member, part)
        if part.advisory is not None:
            visit.add(OPAQUE, member, part, record.noun)
    return frozenset(meant)


def _extends(record: Record, key: str) -> bool:
    return record.extends and (is_extension(key) or (record.extends_freely and key.startswith("x-")))


def _hint(record: Record, fields: Fields, key: str) -> tuple[str, list[str]]:
    """Say what an unknown field may have meant, and give the fields that were meant."""
    if key in record.moved:
        return f": it is {record.moved[key]}", _IN_BACKQUOTES.findall(record.moved[key])
    if key in fields.other:
        return f": {fields.other[key]}", []
    if record.extends and key.lower().startswith("x-"):
        return ": an extension is named 'x-' and letters, digits, '.', '-' or '_'", []
    name = near_miss(key, fields.kinds)
    return ("", []) if name is None else (f", did you mean '{name}'?", [name])
