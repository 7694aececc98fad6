"""An object with fields of its own, against the fields that it has in a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.grammar.language import OPAQUE, Beside, Record
from asyncwatch.contract.grammar.near_miss import near_miss
from asyncwatch.contract.grammar.scalars import is_extension
from asyncwatch.contract.grammar.specification import Fields
from asyncwatch.contract.grammar.words import place, shown_kind
from asyncwatch.contract.sites import Site

if TYPE_CHECKING:
    from asyncwatch.contract.grammar.walk import Waiting, Walk

_DATA: Final = frozenset({"example", "examples", "default", "const", "enum"})
"""Names that hold data in every schema language, so that a `$ref` in them is none."""
_MOST_COMPARED: Final = 200
"""Unknown fields of one object that are compared with the known ones."""


def check_record(walk: Walk, record: Record, site: Site, value: dict[str, object], one: Waiting) -> None:
    """Judge an object's own fields, and let what stands in them wait."""
    fields = walk.specification.fields(record)
    kinds = fields.kinds
    seen_through = walk.seen_through(site, value) if fields.looks_beside else value
    meant: set[str] = set()
    unknown = 0
    for key, inner in value.items():
        kind = kinds.get(key)
        member = Site(site.file, (*site.pointer, key), inner)
        if kind is not None:
            walk.add(kind.choose(seen_through) if isinstance(kind, Beside) else kind, member, record.noun, one.advisory)
        elif record.is_open:
            if key not in _DATA and not key.startswith("x-"):
                walk.add(OPAQUE, member, record.noun, one.advisory)
        elif not _extends(record, key):
            unknown += 1
            if key == "$ref":
                walk.note(
                    "document.type", f"'$ref' of {record.noun} is {shown_kind(inner)}, a text is expected", member,
                    one.advisory,
                )  # fmt: skip
                continue
            hint, name = _hint(record, fields, key) if unknown <= _MOST_COMPARED else ("", None)
            if name is not None:
                meant.add(name)
            walk.note("document.field", f"unknown field {quote(key)} of {record.noun}{hint}", member, one.advisory)
            if one.advisory is not None:
                walk.add(OPAQUE, member, record.noun, one.advisory)
    for name in fields.required:
        if name not in value and name not in meant:
            where = place(site.pointer, one.owner)
            whole = f", which {record.noun} must have" if site.pointer else ", which must be there"
            walk.note("document.required", f"{where} lacks '{name}'{whole}", site, one.advisory)
    for rule in record.rules:
        fault = rule(seen_through)
        if fault is not None:
            name, what = fault
            at = site if name is None else Site(site.file, (*site.pointer, name), value[name])
            summary = f"{place(site.pointer, one.owner)} {what}" if name is None else f"{what} ({record.noun})"
            walk.note("document.required" if name is None else "document.field", summary, at, one.advisory)


def _extends(record: Record, key: str) -> bool:
    return record.extends and (is_extension(key) or (record.extends_freely and key.startswith("x-")))


def _hint(record: Record, fields: Fields, key: str) -> tuple[str, str | None]:
    """Say what an unknown field may have meant, and give the field that was meant."""
    if key in record.moved:
        return f": it is {record.moved[key]}", None
    if key in fields.other:
        return f": {fields.other[key]}", None
    if record.extends and key.lower().startswith("x-"):
        return ": an extension is named 'x-' and letters, digits, '.', '-' or '_'", None
    name = near_miss(key, fields.kinds)
    return ("", None) if name is None else (f", did you mean '{name}'?", name)
