"""All keys of a sequence that are simply in order, each one integer.

Rule 1: the integer of a key is its highest number shifted left by 44 bits, plus how many steps lie between its first
number and that; the next number in order adds one constant to it.
Rule 2: an observation gap freezes the table: a key that is still frozen has had no message since. It costs nothing a
key, and a message thaws its key.
Rule 3: at the bound a key goes that was not used since it was last looked at, oldest first (second chance).
Source: facts on ordering A2 (bytes and keys), A3 (observation gaps).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from itertools import chain, islice
from typing import Final

from asyncwatch.ordering.rows import Origin

SHIFT: Final = 44
UNKNOWN: Final = -(1 << 199)
"""Below it lies only what an absent key gives, plus one step; every key's integer lies above."""
RUN: Final = (1 << SHIFT) - 1
ABSENT: Final = -(1 << 200)
"""Stands for a key that is not in the table: far below every number that has a successor."""
_GENERATIONS: Final = 64
_CHUNK: Final = 4096
_CHANCES: Final = 64


def pack(first: int, highest: int, step: int) -> int:
    """Give the integer of a key; a run beyond 2^44 steps forgets how early it began."""
    return (highest << SHIFT) + min((highest - first) // step, RUN)


def unpack(packed: int, step: int) -> tuple[int, int]:
    """Give first and highest number."""
    highest = packed >> SHIFT
    return highest - (packed & RUN) * step, highest


class KeyTable:
    """Keys and their integers; `current` is read and written directly by the hot loop.

    Cost: tests/unit/ordering/test_sequence_bounds.py holds a key to 160 bytes.
    """

    __slots__ = ("_bound", "_chunk", "_frozen", "_waiting", "current", "live", "ordinal", "windows")

    def __init__(self, bound: int) -> None:
        self.current: dict[Hashable, int] = {}
        self._frozen: list[tuple[int, dict[Hashable, int]]] = []
        """(observation gaps before, keys), oldest first; no key stands in two of them."""
        self.ordinal = 0
        """Observation gaps so far."""
        self.windows: dict[Origin, int] = {}
        """Origin -> the number of its last observation gap."""
        self.live = 0
        """Keys known, also those that are out of the table because something of theirs is awaited."""
        self._bound = bound
        self._chunk = max(1, min(_CHUNK, bound // 16))
        self._waiting: deque[tuple[Hashable, int]] = deque()

    def freeze(self, origins: Iterable[Origin]) -> None:
        """Note an observation gap of some origins."""
        if self.current:
            self._frozen.append((self.ordinal, self.current))
            self.current = {}
        self.ordinal += 1
        for origin in origins:
            self.windows[origin] = self.ordinal
        while len(self._frozen) > _GENERATIONS:  # the older count stands for both: nobody is blamed wrongly
            self._frozen[0][1].update(self._frozen.pop(1)[1])

    def is_blind(self, origin: Origin, seen_at: int) -> bool:
        """Tell whether an origin had an observation gap since a count of them."""
        return self.windows.get(origin, 0) > seen_at

    def take(self, key: Hashable) -> tuple[int, int] | None:
        """Give a key's integer and the observation gaps before its last message; a frozen key is taken out."""
        packed = self.current.get(key)
        if packed is not None:
            return packed, self.ordinal
        for seen_at, keys in self._frozen:
            packed = keys.pop(key, None)
            if packed is not None:
                return packed, seen_at
        return None

    def put(self, key: Hashable, packed: int, seen_at: int) -> None:
        """Let a key stand in the table, among those of its last message's time."""
        if seen_at == self.ordinal:
            self.current[key] = packed
            return
        self.current.pop(key, None)
        for count, keys in reversed(self._frozen):
            if count <= seen_at:
                keys[key] = packed
                return
        self._frozen.insert(0, (seen_at, {key: packed}))

    def remove(self, key: Hashable) -> None:
        """Take a key out while something of it is awaited."""
        self.current.pop(key, None)

    def has_room(self, keys: int) -> bool:
        """Tell whether so many new keys can simply be put into `current`: no bound is near, no key is frozen."""
        return not self._frozen and self.live + keys < self._bound - self._chunk

    @property
    def full(self) -> bool:
        return self.live >= self._bound

    def look_ahead(self) -> None:
        """Choose the keys that may have to go next, early enough to see whether they are used again."""
        if self.live >= self._bound - self._chunk:
            self._choose()

    def _choose(self) -> None:
        if not self._waiting:
            everything = chain.from_iterable(keys.items() for _, keys in self._frozen)
            self._waiting.extend(islice(chain(everything, self.current.items()), self._chunk))

    def evict(self) -> Hashable | None:
        """Forget the key that was not used for longest; None when none stands in the table."""
        for chance in range(_CHANCES + self._chunk):
            self._choose()
            if not self._waiting:
                return None
            key, packed = self._waiting.popleft()
            keys = self._home(key)
            if keys is None:
                continue
            if keys[key] != packed and chance < _CHANCES:
                keys[key] = keys.pop(key)
                continue
            del keys[key]
            self.live -= 1
            self.look_ahead()
            return key
        return None

    def _home(self, key: Hashable) -> dict[Hashable, int] | None:
        if key in self.current:
            return self.current
        return next((keys for _, keys in self._frozen if key in keys), None)
