"""Avro schemas, which a payload may be written in.

Source: Apache Avro 1.9.0, "Schema Declaration".
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.language import (
    DATA,
    TEXT,
    ByValue,
    Choice,
    Field,
    Kind,
    ListOf,
    Named,
    Number,
    Record,
    Referable,
    Table,
    Text,
    one_of,
    required,
)

_WORD: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_NAME: Final = Text(pattern=rf"{_WORD}", expected="a name of letters, digits and '_'")
_NAMESPACE: Final = Text(pattern=rf"(?:{_WORD}(?:\.{_WORD})*)?", expected="names with dots between them")
_TYPE_NAME: Final = Text(pattern=rf"{_WORD}(?:\.{_WORD})*", expected="a type of Avro, or the name of one")
_PRIMITIVES: Final = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_TYPE: Final = Named("avro")
_NAMES: Final = ListOf(_NAME)
_DECLARED: Final[dict[str, Field | Kind]] = {
    "namespace": _NAMESPACE, "doc": TEXT, "aliases": _NAMES,
}  # fmt: skip


def _choose(value: object) -> Kind:
    if isinstance(value, str):
        return _TYPE_NAME
    return _UNION if isinstance(value, list) else _OBJECT


_UNION: Final = ListOf(_TYPE, least=1)
_OBJECT: Final = Named("avro object")
_PRIMITIVE: Final = Record("an Avro type", {}, is_open=True)


def _type(what: str, **fields: Field | Kind) -> Record:
    return Record(f"an Avro {what}", _DECLARED | fields, is_open=True)


AVRO_SCHEMA: Final[Table] = {
    "avro": Referable(Choice(_choose)),
    "avro object": ByValue(
        "an Avro schema",
        "type",
        {
            **dict.fromkeys(_PRIMITIVES, _PRIMITIVE),
            "record": _type("record", name=required(_NAME), fields=required(ListOf(Named("avro field")))),
            "enum": _type("enum", name=required(_NAME), symbols=required(_NAMES)),
            "array": _type("array", name=_NAME, items=required(_TYPE)),
            "map": _type("map", name=_NAME, values=required(_TYPE)),
            "fixed": _type("fixed", name=required(_NAME), size=required(Number(integer=False))),
        },
    ),
    "avro field": Record(
        "an Avro field",
        {
            "name": required(_NAME), "type": required(_TYPE), "doc": TEXT, "default": DATA,
            "order": one_of("ascending", "descending", "ignore"), "aliases": _NAMES,
        },
        is_open=True,
    ),
}  # fmt: skip
