"""What the grammar says to a reader: what stands somewhere, and what is expected there."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.grammar.formats import IN_WORDS
from asyncwatch.contract.grammar.language import (
    Advisory,
    AnyOf,
    Beside,
    Both,
    ByValue,
    Choice,
    Data,
    Doubted,
    Flag,
    Kind,
    ListOf,
    MapOf,
    Named,
    Number,
    Opaque,
    Record,
    Referable,
    Referred,
    Text,
)
from asyncwatch.contract.grammar.specification import Specification
from asyncwatch.contract.sites import Pointer, kind_of

_KINDS: Final = {
    "null": "null", "boolean": "a boolean", "integer": "an integer", "number": "a number", "string": "a text",
    "array": "a list", "object": "an object",
}  # fmt: skip
_MOST_LISTED: Final = 12


def shown_kind(value: object) -> str:
    """Name what stands somewhere, without its value."""
    return _KINDS[kind_of(value)]


def place(pointer: Pointer, owner: str | None) -> str:
    """Name a place: the last step to it, and what it belongs to, which its pointer tells where `owner` is None."""
    if not pointer:
        return "the document"
    last = pointer[-1]
    if isinstance(last, str):
        return f"{quote(last)} of {owner or (quote(str(pointer[-2])) if len(pointer) > 1 else 'the file')}"
    named = next((one for one in reversed(pointer) if isinstance(one, str)), None)
    return f"item {last + 1} of {quote(named)}" if named is not None else f"item {last + 1}"


def listed(names: tuple[str, ...] | list[str]) -> str:
    """List texts that are allowed."""
    shown = [quote(name) for name in names[: _MOST_LISTED + 1]]
    if len(names) > _MOST_LISTED + 1:
        return ", ".join(shown[:-1]) + f" or {len(names) - _MOST_LISTED} others"
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " or " + shown[-1]


def expected(kind: Kind | Beside, specification: Specification, depth: int = 0) -> str:
    """Say what a kind of value is."""
    match kind:
        case Text():
            words = _expected_text(kind)
            return f"{words} or null" if kind.or_null else words
        case Number():
            return expected_number(kind)
        case Flag():
            return "true or false"
        case Data():
            return kind.expected
        case ListOf():
            return "a list"
        case MapOf():
            return "an object"
        case Record() | ByValue():
            return f"an object ({kind.noun})"
        case Named() if depth < 8:
            return expected(specification.table[kind.name], specification, depth + 1)
        case Referable() | Referred() | Advisory() | Doubted():
            return expected(kind.kind, specification, depth + 1)
        case AnyOf() | Both():
            return expected(kind.kinds[0], specification, depth + 1)
        case Choice():
            return expected(kind.choose({}), specification, depth + 1)
        case Opaque() | Beside() | _:
            return "a value"


def _expected_text(kind: Text) -> str:
    if kind.choices:
        return listed(kind.choices) if len(kind.choices) == 1 else f"one of {listed(kind.choices)}"
    if kind.expected is not None:
        return kind.expected
    if kind.format is not None:
        return IN_WORDS[kind.format]
    if kind.most is not None:
        return f"a text of at most {kind.most} characters"
    return "a text that is not empty" if kind.least else "a text"


def noun(kind: Kind, specification: Specification) -> str:
    """Name one object of a kind."""
    words = expected(kind, specification)
    return words.removeprefix("an object (").removesuffix(")") if words.startswith("an object (") else words


def expected_number(kind: Number) -> str:
    """Say which numbers are taken."""
    if kind.choices:
        return "one of " + ", ".join(map(str, kind.choices))
    what = "an integer" if kind.integer else "a number"
    if kind.above is not None:
        return f"{what} above {kind.above:g}"
    if kind.least is not None and kind.most is not None:
        return f"{what} from {kind.least:,.0f} to {kind.most:,.0f}"
    if kind.least is not None:
        return f"{what} of at least {kind.least:g}"
    return f"{what} of at most {kind.most:g}" if kind.most is not None else what
