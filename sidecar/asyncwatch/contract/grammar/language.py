"""The words in which the tables of the specification's objects are written.

A table gives each object's fields; a field gives the kind of value that it takes. Kinds are compared by identity, and
nothing changes them; that they are not frozen halves the time that a command needs to load them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Format = Literal["uri", "uri-reference", "uri-template", "email", "regex"]


@dataclass(slots=True, eq=False, repr=False)
class Text:
    """A string. `expected` says it in words where the pattern alone would not."""

    format: Format | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None
    expected: str | None = None
    or_null: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Number:
    """A number within bounds; `above` is a bound that is not itself allowed."""

    integer: bool = True
    least: float | None = None
    most: float | None = None
    above: float | None = None
    choices: tuple[int, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class Flag:
    """True or false."""


@dataclass(slots=True, eq=False, repr=False)
class Data:
    """Any value, of a JSON type if `types` names some; a `$ref` in it is text like any other."""

    types: tuple[str, ...] = ()
    expected: str = "any value"


@dataclass(slots=True, eq=False, repr=False)
class Opaque:
    """A part in a form that this grammar does not know: only its references have to lead somewhere."""


@dataclass(slots=True, eq=False, repr=False)
class ListOf:
    """A list of one kind of value."""

    item: Kind
    least: int = 0
    unique: bool = False


@dataclass(slots=True, eq=False, repr=False)
class MapOf:
    """An object whose keys the author chooses; `owner` is what its members belong to.

    `key` is a rule for every key. `is_component` says that names have the form of component names; the official
    tools do not look at what stands under other names where `skips_others` is set.
    """

    owner: str
    value: Kind
    key: Text | None = None
    is_component: bool = False
    skips_others: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Named:
    """An object by its name in the table: so objects may hold themselves."""

    name: str


@dataclass(slots=True, eq=False, repr=False)
class Referable:
    """A place where a Reference Object may stand instead; `refused` are minor versions whose official tools refuse it."""

    kind: Kind
    since: int = 0
    refused: tuple[int, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class Referred:
    """A place where only a Reference Object may stand, and what it leads to."""

    kind: Kind


@dataclass(slots=True, eq=False, repr=False)
class ByValue:
    """An object whose form is chosen by the text in one of its fields; `absent` is the one without that field."""

    noun: str
    by: str
    kinds: Mapping[str, Kind]
    absent: str | None = None
    tolerated: tuple[str, ...] = ()
    """Texts that the specification once had and the official tools refuse: the object is then only opaque."""


@dataclass(slots=True, eq=False, repr=False)
class Choice:
    """A value whose form is chosen by what it looks like; the chosen kind judges it."""

    choose: Callable[[object], Kind]


@dataclass(slots=True, eq=False, repr=False)
class Beside:
    """The kind of a field that depends on the fields beside it."""

    choose: Callable[[Mapping[str, object]], Kind]


@dataclass(slots=True, eq=False, repr=False)
class AnyOf:
    """A value that fits at least one kind; the first one explains what is wrong with it."""

    kinds: tuple[Kind, ...]


@dataclass(slots=True, eq=False, repr=False)
class Both:
    """A value that fits several kinds at once."""

    kinds: tuple[Kind, ...]


@dataclass(slots=True, eq=False, repr=False)
class Advisory:
    """A part that the official tools do not look at: whatever is wrong in it is a warning of one rule."""

    kind: Kind
    rule: str


@dataclass(slots=True, eq=False, repr=False)
class Doubted:
    """A part that the specification's text has and the official tools refuse."""

    kind: Kind
    why: str


Rule = Callable[[Mapping[str, object]], "tuple[str | None, str] | None"]
"""What fields must have to do with each other: the field at fault (None = the object) and what is wrong, or None."""


@dataclass(slots=True, eq=False, repr=False)
class Field:
    """A field of an object, from minor version `since` up to `until`."""

    kind: Kind | Beside
    required: bool = False
    since: int = 0
    until: int = 99


@dataclass(slots=True, eq=False, repr=False)
class Record:
    """An object with fields of its own; `noun` names one in sentences.

    `is_open` allows fields that are not listed, `extends` allows extensions (`x-…`), `extends_freely` those of any
    name that begins so. `moved` tells where a field of
    another version went.
    """

    noun: str
    fields: Mapping[str, Field | Kind | Beside]
    is_open: bool = False
    extends: bool = True
    extends_freely: bool = False
    rules: tuple[Rule, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)


Kind = (
    Text | Number | Flag | Data | Opaque | ListOf | MapOf | Named | Referable | Referred | ByValue | Choice | AnyOf
    | Both | Record | Advisory | Doubted
)  # fmt: skip
Table = Mapping[str, Kind]


def required(kind: Kind | Beside) -> Field:
    """A field that must be there."""
    return Field(kind, required=True)


def since(minor: int, kind: Kind | Beside) -> Field:
    """A field that came with a minor version."""
    return Field(kind, since=minor)


TEXT: Final = Text()
URI: Final = Text(format="uri")
FLAG: Final = Flag()
DATA: Final = Data()
OBJECT: Final = Data(("object",), "an object")
OPAQUE: Final = Opaque()
TEXTS: Final = ListOf(TEXT)
UNIQUE_TEXTS: Final = ListOf(TEXT, unique=True)


def one_of(*choices: str) -> Text:
    """A string out of a list."""
    return Text(choices=choices)


def whole(least: float | None = None, most: float | None = None) -> Number:
    """An integer within bounds."""
    return Number(integer=True, least=least, most=most)
