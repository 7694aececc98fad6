"""The places and values that a schema documents, as a tree that values are followed along."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Place:
    """One place of a value.

    `field` is the index of the documented field that stands here, -1 where the place has no name of its own. `values`
    maps each documented value (`value_key`) to its index; None = any. `is_open`: names that are not declared here are
    no news, because the schema describes others too, or none at all. `leads_on`: there is more to see at or below it.
    """

    __slots__ = ("field", "is_open", "items", "leads_on", "names", "others", "pointer", "values")

    def __init__(self, pointer: str, field: int = -1) -> None:
        self.pointer = pointer
        self.field = field
        self.names: dict[str, Place] = {}
        self.items: Place | None = None
        self.others: Place | None = None
        self.values: dict[object, int] | None = None
        self.is_open = True
        self.leads_on = False


class Described(Struct, frozen=True, eq=False):
    """All documented fields (`/order/lines/*/sku`) and values (`/status = "paid"`) of a schema, in document order."""

    root: Place
    fields: tuple[str, ...]
    values: tuple[str, ...]
    digest: str
    """Equal for equal fields and values."""


def value_key(value: object) -> object:
    """Give what equal scalars of JSON share, and different ones do not: 1 is 1.0, and not true."""
    return (value,) if value.__class__ is bool else value


SCALARS: Final = frozenset({str, int, float, bool, type(None)})
"""Types of values that are told apart; a documented list or object is not counted as a value."""
