"""A value that is never printed."""

from __future__ import annotations

import os
from typing import Final

_MOST_BYTES: Final = 65_536


class Secret:
    """A password or token; its text stands in no repr, log or error.

    `reveal` is called only where the client library takes it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(self._text)


class FileSecret(Secret):
    """A secret in a file, read again when the file has changed, so that the next connection takes the new one.

    A file that cannot be read any more leaves what was read last.
    """

    __slots__ = ("_path", "_seen")

    def __init__(self, path: str) -> None:
        """Read it for the first time.

        Raises: OSError, ValueError (no UTF-8, empty, or no secret by its size).
        """
        self._path = path
        self._seen = _stamp(path)
        super().__init__(_read(path))

    def reveal(self) -> str:
        try:
            seen = _stamp(self._path)
            if seen != self._seen:
                self._text = _read(self._path)
                self._seen = seen
        except (OSError, ValueError):
            pass  # rotated away or half written: the next look finds it
        return self._text

    __hash__ = Secret.__hash__


def _stamp(path: str) -> tuple[int, int, int]:
    status = os.stat(path)  # a link of a mounted secret is followed
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read(path: str) -> str:
    """Raises: OSError, ValueError."""
    with open(path, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    text = data.decode("utf-8").rstrip("\r\n")
    if not text or len(data) > _MOST_BYTES:
        raise ValueError("empty" if not text else "too large")
    return text
