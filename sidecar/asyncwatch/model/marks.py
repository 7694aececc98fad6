"""What was seen of a list of documented things, as text that can be united with others of the same list."""

from __future__ import annotations

from collections.abc import Sequence


def write_marks(version: str, columns: Sequence[bytes | bytearray]) -> str:
    """Write columns of one byte a thing, 1 = seen, as `version:hex:hex`; the first thing is the lowest bit."""
    return ":".join([version, *(f"{_number(column):x}" for column in columns)])


def _number(column: bytes | bytearray) -> int:
    return int(column[::-1].translate(_DIGITS) or b"0", 2)


_DIGITS = bytes([ord("0"), *[ord("1")] * 255])


def version_of(marks: str) -> str:
    """Give the version: only marks of one version can be united."""
    return marks.partition(":")[0]


def unite_marks(parts: Sequence[str]) -> tuple[str, list[int]]:
    """Give the marks of everything that one part has seen, and how many that are in each column.

    Raises: ValueError for text that is no marks.
    """
    version = version_of(parts[0])
    columns: list[int] = []
    for part in parts:
        numbers = [int(column, 16) for column in part.split(":")[1:]]
        columns += [0] * (len(numbers) - len(columns))
        for index, number in enumerate(numbers):
            columns[index] |= number
    return ":".join([version, *(f"{column:x}" for column in columns)]), [column.bit_count() for column in columns]
