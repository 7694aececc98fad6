"""Fields and values of messages united: seen is what any part has seen of the same version of a message.

Rule 1: versions of a message that differ in what they document are different messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from asyncwatch.model.marks import unite_marks, version_of
from asyncwatch.model.report import Share, ShownMessage, UndocumentedRow

_ROWS: Final = 1_000
_NAMES: Final = 20


def add_shown(rows: Sequence[ShownMessage]) -> list[ShownMessage]:
    """Unite what was seen of each message, in the order in which messages came up."""
    found: dict[tuple[str, str, str, str], list[ShownMessage]] = {}
    for row in rows:
        found.setdefault((row.document, row.channel, row.message, version_of(row.marks)), []).append(row)
    return [_unite(same) for same in found.values()]


def _unite(rows: Sequence[ShownMessage]) -> ShownMessage:
    if len(rows) == 1:
        return rows[0]
    marks, (fields, values) = unite_marks([row.marks for row in rows])
    first = rows[0]
    return structs.replace(
        first, fields=Share(first.fields.documented, fields), enum_values=Share(first.enum_values.documented, values),
        unseen_fields=_in_all([row.unseen_fields for row in rows]),
        unseen_values=_in_all([row.unseen_values for row in rows]), marks=marks,
    )  # fmt: skip


def _in_all(lists: Sequence[Sequence[str]]) -> list[str]:
    """Give the names that no part has seen."""
    others = [set(one) for one in lists[1:]]
    return [name for name in lists[0] if all(name in one for one in others)]


def add_shares(rows: Sequence[Share], parts: Sequence[Share | None]) -> Share | None:
    """Sum up the messages; not known where one part does not know its own."""
    if None in parts:
        return None
    return Share(documented=sum(row.documented or 0 for row in rows), seen=sum(row.seen or 0 for row in rows))


def add_undocumented(rows: Sequence[UndocumentedRow], messages: Sequence[ShownMessage]) -> list[UndocumentedRow]:
    """Add up what came beside the documents, in the order of the messages."""
    order = {(one.document, one.channel, one.message): number for number, one in reversed([*enumerate(messages)])}
    found: dict[tuple[str, ...], UndocumentedRow] = {}
    for row in rows:
        place = (row.document, row.channel, row.message, row.part, row.path)
        known = found.get(place)
        found[place] = row if known is None else structs.replace(
            known, messages=known.messages + row.messages, names=sorted({*known.names, *row.names})[:_NAMES]
        )  # fmt: skip
    return sorted(
        found.values(),
        key=lambda row: (order.get((row.document, row.channel, row.message), len(order)), row.part, row.path),
    )[:_ROWS]
