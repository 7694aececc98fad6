"""Files from the web on disk, for the time when their host does not answer.

Rule 1: a file is whole or not there: it is written beside and put in place at once, with a digest of its bytes.
Rule 2: a cache that others could write to is not used; one that cannot be written is done without.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from asyncwatch.reading.web_address import WebAddress

_MOST_FILES: Final = 500
_HEAD_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Cached:
    """What was fetched. Units: `at_s` seconds since 1970."""

    url: str
    final: str
    """The address it was found at in the end."""
    etag: str | None
    modified: str | None
    at_s: float
    digest: str

    def is_sound(self) -> bool:
        """Tell whether it can have been written by us."""
        texts = [self.url, self.final, *(one for one in (self.etag, self.modified) if one is not None)]
        return all(isinstance(one, str) for one in texts) and isinstance(self.at_s, float) and 0 <= self.at_s < 1e11


class Cache:
    """A folder with a file for each address."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find(self, address: WebAddress, most_bytes: int) -> tuple[Cached, bytes] | None:
        """Give what was kept of an address; None if it is nothing, or damaged."""
        try:
            if not self._is_ours():
                return None
            with open(self._path(address), "rb") as file:
                head = json.loads(file.readline(_HEAD_BYTES))
                data = file.read(most_bytes + 1)
            found = Cached(**head)
        except (OSError, ValueError, TypeError):
            return None
        is_sound = found.url == str(address) and len(data) <= most_bytes and found.digest == _digest(data)
        return (found, data) if is_sound and found.is_sound() else None

    def keep(self, address: WebAddress, final: WebAddress, headers: Mapping[str, str], data: bytes) -> None:
        """Keep what was fetched, if that can be done."""
        head = Cached(
            str(address), str(final), _short(headers.get("etag")), _short(headers.get("last-modified")),
            time.time(), _digest(data),
        )  # fmt: skip
        with contextlib.suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            if not self._is_ours():
                return
            self._make_room()
            handle, beside = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            try:
                with open(handle, "wb") as file:
                    file.write(json.dumps(asdict(head)).encode() + b"\n" + data)
                os.replace(beside, self._path(address))
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(beside)
                raise

    def _path(self, address: WebAddress) -> str:
        return os.path.join(self._folder, hashlib.sha256(str(address).encode()).hexdigest())

    def _is_ours(self) -> bool:
        found = os.stat(self._folder)
        return found.st_uid == os.getuid() and not found.st_mode & 0o022

    def _make_room(self) -> None:
        with os.scandir(self._folder) as entries:
            files = [(one.stat(follow_symlinks=False).st_mtime, one.path) for one in entries]
        for _, path in sorted(files)[: max(len(files) - _MOST_FILES + 1, 0)]:
            os.unlink(path)


def _short(value: str | None) -> str | None:
    """Take a header's value if it is one that can be sent back."""
    return value if value is not None and len(value) <= 1_000 and value.isprintable() and value.isascii() else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
