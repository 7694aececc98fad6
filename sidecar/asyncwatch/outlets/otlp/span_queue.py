"""What waits to be sent, bounded in spans and bytes.

Rule 1: when it is full, plain spans go first: a new plain span is refused, a new violating one pushes a plain one out.
Rule 2: violating spans are sent first as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, TypeAlias

Span: TypeAlias = tuple[bytes, bytes]
"""Resource and span, both encoded."""

MAX_QUEUED_BYTES: Final = 64 * 1024 * 1024
"""65,536 spans of ordinary size are about 36 MB; this bounds spans full of events."""

_PER_RESOURCE_BYTES: Final = 256
"""What a further resource costs in a request beside its own bytes: scope, schema address, lengths."""


class SpanQueue:
    """Two lines of spans under one capacity.

    Units: `capacity` spans, `capacity_bytes` bytes.
    """

    __slots__ = ("_bytes", "_capacity", "_capacity_bytes", "_plain", "_violating")

    def __init__(self, capacity: int, capacity_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._plain: deque[Span] = deque()
        self._violating: deque[Span] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._plain) + len(self._violating)

    def put_plain(self, resource: bytes, spans: Sequence[bytes]) -> int:
        """Take spans as long as there is room; give how many were refused."""
        for place, span in enumerate(spans):
            if not self._has_room(len(span)):
                return len(spans) - place
            self._plain.append((resource, span))
            self._bytes += len(span)
        return 0

    def put_violating(self, resource: bytes, spans: Sequence[bytes]) -> int:
        """Take spans, the newest plain ones make room; give how many spans of either kind were dropped."""
        dropped = 0
        for span in spans:
            while not self._has_room(len(span)) and self._plain:
                self._bytes -= len(self._plain.pop()[1])
                dropped += 1
            if not self._has_room(len(span)):
                dropped += 1
                continue
            self._violating.append((resource, span))
            self._bytes += len(span)
        return dropped

    def _has_room(self, size_bytes: int) -> bool:
        return len(self) < self._capacity and self._bytes + size_bytes <= self._capacity_bytes

    def take(self, most_spans: int, most_bytes: int) -> tuple[list[Span], int]:
        """Take the next request's spans; give them and how many of them, at the front, are violating.

        Units: `most_bytes` of the request they will make, before compression.
        """
        taken: list[Span] = []
        resources: set[bytes] = set()
        size_bytes = violating = 0
        for line in (self._violating, self._plain):
            while line and len(taken) < most_spans:
                resource, span = line[0]
                size_bytes += len(span)
                if resource not in resources:
                    size_bytes += len(resource) + _PER_RESOURCE_BYTES
                if size_bytes > most_bytes and taken:
                    return taken, violating
                resources.add(resource)
                taken.append(line.popleft())
                self._bytes -= len(span)
                violating += line is self._violating
        return taken, violating

    def put_back(self, spans: Sequence[Span], violating: int) -> None:
        """Put taken spans back to the front, also where that is more than the capacity."""
        self._violating.extendleft(reversed(spans[:violating]))
        self._plain.extendleft(reversed(spans[violating:]))
        self._bytes += sum(len(span) for _, span in spans)
