"""Files as bytes, no more of them than is read."""

from __future__ import annotations

from asyncwatch.reading.tree import MOST_BYTES


def read_file(path: str) -> bytes:
    """Read a file, or one byte more than a text may have.

    Raises: OSError.
    """
    with open(path, "rb") as file:
        return file.read(MOST_BYTES + 1)
