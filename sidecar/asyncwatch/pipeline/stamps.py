"""What a file looks like from outside: equal as long as nobody wrote, replaced or relinked it."""

from __future__ import annotations

import os
from collections.abc import Iterable

Stamp = tuple[int, int, int, int] | None
"""Device, inode, size, time of change (ns), links followed; None = there is no such file, or it cannot be looked at."""


def stamp_of(path: str) -> Stamp:
    """Look at a file, where its links lead at the moment."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def stamps_of(paths: Iterable[str]) -> dict[str, Stamp]:
    """Look at files."""
    return {path: stamp_of(path) for path in paths}
