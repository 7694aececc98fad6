"""Plain scalars by the core schema of YAML 1.2: no dates, no yes and no, no underscores in numbers.

Rule 1: what is no null, boolean or number by that schema is text.
Rule 2: `.inf` and `.nan` are text, because JSON has no such numbers.
Source: YAML 1.2.2, 10.3.2 (tag resolution of the core schema).
"""

from __future__ import annotations

import math
import re
from typing import Final

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL: Final = re.compile(r"0o([0-7]+)")
_HEXADECIMAL: Final = re.compile(r"0x([0-9a-fA-F]+)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_MOST_DIGITS: Final = 3500
"""Longer integers take quadratic time, and no peer reads them."""

_TAG: Final = "tag:yaml.org,2002:"
STRING_TAG: Final = _TAG + "str"
MAPPING_TAG: Final = _TAG + "map"
SEQUENCE_TAG: Final = _TAG + "seq"
_SCALAR_TAGS: Final[dict[str, type | tuple[type, ...]]] = {
    _TAG + "null": type(None), _TAG + "bool": bool, _TAG + "int": int, _TAG + "float": (int, float),
}  # fmt: skip


def resolve_plain(text: str) -> Scalar:
    """Give the value of a plain scalar.

    Raises: ValueError for a number that is out of range.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        if len(text) > _MOST_DIGITS:
            raise ValueError(f"a number of more than {_MOST_DIGITS} digits")
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise ValueError("a number that is out of range")
        return number
    for form, base in ((_OCTAL, 8), (_HEXADECIMAL, 16)):
        found = form.fullmatch(text)
        if found is not None:
            if len(text) > _MOST_DIGITS:
                raise ValueError(f"a number of more than {_MOST_DIGITS} digits")
            return int(found[1], base)
    return text


def resolve_tagged(text: str, tag: str) -> Scalar:
    """Give the value of a scalar with an explicit tag.

    Raises: LookupError for a tag outside the core schema; ValueError for a text that its tag does not fit.
    """
    if tag == STRING_TAG:
        return text
    wanted = _SCALAR_TAGS.get(tag)
    if wanted is None:
        raise LookupError(tag)
    value = resolve_plain(text)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ValueError(f"a value that is no {tag.removeprefix(_TAG)}")
    return float(value) if tag == _TAG + "float" and value is not None else value
