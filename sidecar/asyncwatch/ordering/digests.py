"""What was seen of late: a ring of (key, number) hashes and payload digests in flat arrays.

Rule 1: first in, first out; of two equal entries the newer one is found.
Rule 2: entries are linked into hash chains only when somebody looks something up, so that streams without any repeat
never pay for it.
Source: facts on ordering A2 (65,536 pairs a route); settled 28.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final

_WALK: Final = 256
"""Entries of a chain that are looked at; only crafted hashes make longer ones."""


def pair_hash(key: object, number: int) -> int:
    """Hash a key and a number; -1 and -2, which hash alike, are told apart."""
    return hash((key, number)) if number >= 0 else hash((key, ~number, None))


class DigestRing:
    """The last `capacity` entries.

    Cost: bench loop[sequence]; 16 bytes an entry, and 8 more once something was looked up.
    """

    __slots__ = ("_capacity", "_count", "_digests", "_heads", "_linked", "_links", "_mask", "_pairs")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._mask = (1 << max(capacity - 1, 1).bit_length()) - 1
        self._pairs = array("q")
        self._digests = array("Q")
        self._count = 0
        """Entries ever written; the slot of the next one is this modulo the capacity."""
        self._linked = 0
        """Entries that were linked into chains."""
        self._heads = array("I")
        self._links = array("I")

    def add(self, pair: int, digest: int) -> None:
        """Remember one entry."""
        slot = self._count % self._capacity
        if slot == len(self._pairs):
            self._pairs.append(pair)
            self._digests.append(digest)
        else:
            self._pairs[slot] = pair
            self._digests[slot] = digest
        self._count += 1

    def extend(self, pairs: Sequence[int], digests: Sequence[int]) -> None:
        """Remember one entry a row."""
        start, end = 0, len(pairs)
        while start < end:
            slot = self._count % self._capacity
            size = min(end - start, self._capacity - slot)
            self._pairs[slot : slot + size] = array("q", pairs[start : start + size])
            self._digests[slot : slot + size] = array("Q", digests[start : start + size])
            self._count += size
            start += size

    def find(self, pair: int) -> int | None:
        """Give the digest that was last remembered for a pair; None when there is none any more."""
        if self._linked != self._count:
            self._link()
        pairs, links, count, capacity = self._pairs, self._links, self._count, self._capacity
        link = self._heads[pair & self._mask] if self._count else 0
        newer = -1
        for _ in range(_WALK):
            if link == 0:
                return None
            slot = link - 1
            age = (count - 1 - slot) % capacity
            if age <= newer:  # the slot was written anew since it was linked here: the chain ends
                return None
            if pairs[slot] == pair:
                return self._digests[slot]
            newer = age
            link = links[slot]
        return None

    def _link(self) -> None:
        """Link the entries that were written since the last look-up."""
        if not self._heads:
            self._heads = array("I", bytes(4 * (self._mask + 1)))
            self._links = array("I", bytes(4 * self._capacity))
        heads, links, pairs, mask, capacity = self._heads, self._links, self._pairs, self._mask, self._capacity
        for entry in range(max(self._linked, self._count - capacity), self._count):
            slot = entry % capacity
            bucket = pairs[slot] & mask
            links[slot] = heads[bucket]
            heads[bucket] = slot + 1
        self._linked = self._count

    def repeated(self, pairs: Sequence[int | None]) -> list[int]:
        """Give the rows whose pair is remembered, and remember those that are not; None = no pair."""
        rows: list[int] = []
        find, add = self.find, self.add
        for row, pair in enumerate(pairs):
            if pair is None:
                continue
            if find(pair) is None:
                add(pair, 0)
            else:
                rows.append(row)
        return rows
