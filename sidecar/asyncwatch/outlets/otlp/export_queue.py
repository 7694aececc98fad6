"""What waits to be sent, bounded in number and bytes.

Rule 1: when it is full, plain things go first: a new plain one is refused, a new violating one pushes a plain one out.
Rule 2: violating things are sent first as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, TypeAlias

Thing: TypeAlias = tuple[bytes, bytes]
"""Resource and span or log record, both encoded."""

MAX_QUEUED_BYTES: Final = 64 * 1024 * 1024
"""65,536 spans of ordinary size are about 36 MB; this bounds spans full of events."""

_PER_RESOURCE_BYTES: Final = 256
"""What a further resource costs in a request beside its own bytes: scope, schema address, lengths."""


class ExportQueue:
    """Two lines of things under one capacity: violating ones, and plain ones.

    Units: `capacity` things, `capacity_bytes` bytes.
    """

    __slots__ = ("_bytes", "_capacity", "_capacity_bytes", "_plain", "_violating")

    def __init__(self, capacity: int, capacity_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._plain: deque[Thing] = deque()
        self._violating: deque[Thing] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._plain) + len(self._violating)

    def put_plain(self, resource: bytes, things: Sequence[bytes]) -> int:
        """Take things as long as there is room; give how many were refused."""
        for place, thing in enumerate(things):
            if not self._has_room(len(thing)):
                return len(things) - place
            self._plain.append((resource, thing))
            self._bytes += len(thing)
        return 0

    def put_violating(self, resource: bytes, things: Sequence[bytes]) -> int:
        """Take things, the newest plain ones make room; give how many of either kind were dropped."""
        dropped = 0
        for thing in things:
            while not self._has_room(len(thing)) and self._plain:
                self._bytes -= len(self._plain.pop()[1])
                dropped += 1
            if not self._has_room(len(thing)):
                dropped += 1
                continue
            self._violating.append((resource, thing))
            self._bytes += len(thing)
        return dropped

    def _has_room(self, size_bytes: int) -> bool:
        return len(self) < self._capacity and self._bytes + size_bytes <= self._capacity_bytes

    def take(self, most: int, most_bytes: int) -> tuple[list[Thing], int, int]:
        """Take the next request's things; give them, how many of them, at the front, are violating, and how many of all
        were dropped because even alone they are too large.

        Units: `most_bytes` of the request they will make, before compression.
        """
        taken: list[Thing] = []
        resources: set[bytes] = set()
        size_bytes = violating = too_large = 0
        for line in (self._violating, self._plain):
            while line and len(taken) < most:
                resource, thing = line[0]
                more_bytes = len(thing)
                if resource not in resources:
                    more_bytes += len(resource) + _PER_RESOURCE_BYTES
                if size_bytes + more_bytes > most_bytes:
                    if taken:
                        return taken, violating, too_large
                    too_large += 1
                else:
                    size_bytes += more_bytes
                    resources.add(resource)
                    taken.append((resource, thing))
                    violating += line is self._violating
                line.popleft()
                self._bytes -= len(thing)
        return taken, violating, too_large

    def put_back(self, things: Sequence[Thing], violating: int) -> None:
        """Put taken things back to the front, also where that is more than the capacity."""
        self._violating.extendleft(reversed(things[:violating]))
        self._plain.extendleft(reversed(things[violating:]))
        self._bytes += sum(len(thing) for _, thing in things)
