"""Which reader reads which format: one table.

Readers of rarer formats are imported only for routes that need them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.decode.json_reader import JsonReader
from asyncwatch.decode.media_type import essence
from asyncwatch.model.form import Form, Kind
from asyncwatch.model.reading import PayloadReader, Unread
from asyncwatch.model.writer_schema import WriterSchemas

MakeReader = Callable[[Form, WriterSchemas | None], PayloadReader | Unread]


def _json(form: Form, schemas: WriterSchemas | None) -> PayloadReader:
    return JsonReader()


READERS: Final[dict[Kind, MakeReader]] = {
    "json": _json,
}  # fmt: skip


def reader_for(form: Form, schemas: WriterSchemas | None) -> PayloadReader | Unread:
    """Give the reader of a form, or why there is none."""
    make = READERS.get(form.kind) if form.kind is not None else None
    if make is not None:
        return make(form, schemas)
    name = (form.kind or "of another content type") if form.is_on_wire else essence(form.content_type)[:80]
    return Unread(f"format {name} is not read")
