"""Wire values as sequence numbers and scope keys.

Rule 1: a number is a decimal integer of at most 20 ASCII digits with an optional sign; anything else is no number.
Source: facts on ordering A1; settled 29.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from xxhash import xxh3_128_digest

DIGITS: Final = 20
_BYTES: Final = re.compile(rb"[+-]?[0-9]{1,20}")
_TEXT: Final = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_EXACT: Final = 2.0**53
"""Above it a JSON float no longer names one integer."""
_LONGEST: Final = 256
_BLANK: Final = " \t\r\n"


def parse_number(value: object) -> int | None:
    """Read a sequence number; None if it is none."""
    if isinstance(value, bytes):
        trimmed = value[: DIGITS * 4].strip(_BLANK.encode()) if len(value) <= DIGITS * 4 else b""
        return int(trimmed) if _BYTES.fullmatch(trimmed) else None
    if isinstance(value, str):
        text = value.strip(_BLANK) if len(value) <= DIGITS * 4 else ""
        return int(text) if _TEXT.fullmatch(text) else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -(10**DIGITS) < value < 10**DIGITS else None
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    return None


def parse_numbers(column: Sequence[object]) -> list[int | None]:
    """Read a column of sequence numbers; all plain digits, the usual case, without a call a row."""
    try:
        if all(map(bytes.isdigit, column)) and max(map(len, column)) <= DIGITS:  # type: ignore[arg-type]
            return list(map(int, column))  # type: ignore[arg-type]
    except TypeError:  # some value is not bytes
        pass
    return [None if value is None else parse_number(value) for value in column]


def scope_key(value: object) -> bytes | None:
    """Give a value as the key of a sequence; None where it is none (absent, a structure, not a number).

    A long key stands for itself by its 16-byte digest, so that the size of keys is bounded.
    """
    if isinstance(value, bytes):
        key = value
    elif isinstance(value, str):
        key = value.encode("utf-8", "surrogatepass")
    elif isinstance(value, bool):
        key = b"true" if value else b"false"
    elif isinstance(value, int):
        if not -(10**DIGITS) < value < 10**DIGITS:
            return None
        key = b"%d" % value
    elif isinstance(value, float):
        key = repr(value).encode()
    else:
        return None
    return key if len(key) <= _LONGEST else xxh3_128_digest(key)


def record_keys(column: Sequence[bytes | None]) -> Sequence[bytes | None]:
    """Give the record keys as keys of sequences; the column itself where no key is long."""
    try:
        if max(map(len, column)) <= _LONGEST:  # type: ignore[arg-type]
            return column
    except TypeError:  # some record has no key
        pass
    return [None if key is None else scope_key(key) for key in column]


def scope_keys(column: Sequence[object]) -> Sequence[bytes | None]:
    """Give a column as keys of sequences; the column itself where nothing is to be changed."""
    try:
        if max(map(len, column)) <= _LONGEST and {*map(type, column)} == {bytes}:  # type: ignore[arg-type]
            return column  # type: ignore[return-value]
    except TypeError:  # some value has no length
        pass
    return [None if value is None else scope_key(value) for value in column]
