"""The contract of a tap: four verbs; the runner owns the loop around them.

Laws: docs/laws/tap.md, executed for every registered tap by tests/conformance.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable
from zlib import crc32

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch
from asyncwatch.model.progress import Position, Progress

if TYPE_CHECKING:
    from asyncwatch.taps.planned import Outlook, Survey, Wish

MAX_BATCH = 800
"""Messages a batch may hold: bounds how long judging one batch keeps the event loop (about 10 ms)."""

LIVE_DISTANCE = 2_000
"""A message further than this before the end of its partition is not live."""


class Guarantee(Enum):
    """What a protocol can promise; the conformance suite demands the laws that belong to each."""

    ORDERED = "ordered"
    POSITIONS = "positions"
    SENT_TIME = "sent_time"
    HEADERS = "headers"
    REPLAY = "replay"
    COUNTS_MISSED = "counts_missed"


@dataclass(frozen=True, slots=True)
class Filter:
    """An address to read, or a pattern of addresses; `id` comes back as `Batch.filter`.

    `template`: the documented address with its `{placeholders}`, where a document has it. `subscription`: what a broker
    with wildcards is asked for to take in all that the pattern matches, and perhaps more; None = not said. `request`: a
    service answers here, so where reading would show to a requester the address is left alone unless the user agrees.
    """

    id: str
    address: str | None
    pattern: re.Pattern[str] | None = None
    template: str | None = None
    request: bool = False
    whole: bool = False
    """Where several readers divide the partitions, those of these addresses are left to one of them."""
    subscription: str | None = None

    def covers(self, address: str) -> bool:
        """Tell whether an address of the broker is wanted by this filter."""
        if self.pattern is not None:
            return self.pattern.fullmatch(address) is not None
        return self.address == address


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading begins: at the newest message, the oldest, or the first one at or after a time.

    `until_end`: raise EndOfStream once everything up to the ends seen at the start was given out.
    """

    kind: Literal["now", "earliest", "time"] = "now"
    time_ns: int = 0
    until_end: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """The partitions that one of several readers of a server takes: reader `index` of `of`, counted from 0.

    `whole`: ids of filters whose addresses are not divided, because something about them counts over all partitions.
    Where a partition is read depends on its address and number only, so partitions that are added later move none.
    """

    index: int
    of: int
    whole: frozenset[str] = frozenset()

    def covers(self, filter_id: str, address: str, partition: int) -> bool:
        """Tell whether this reader takes a partition."""
        number = crc32(address.encode("utf-8", "surrogatepass"))
        if filter_id not in self.whole:
            number += partition
        return number % self.of == self.index


Places = Mapping[tuple[str, int], tuple[int, int | None]]
"""(address, partition) -> where reading goes on, and where it is to stop or None."""


@dataclass(slots=True)
class AddressStatus:
    """What the tap knows about one filter; None = not known."""

    exists: bool | None = None
    partitions: int | None = None
    last_on_broker_ns: int | None = None


@dataclass(slots=True)
class TapStatistics:
    """A tap's own numbers, read about once a second."""

    addresses: dict[str, AddressStatus] = field(default_factory=dict)
    """By filter id."""
    cluster: str | None = None
    rights_missing: list[str] = field(default_factory=list)
    missed: int | None = None
    """Messages that went by unseen; None = the protocol cannot tell."""
    behind_messages: int | None = None
    """How far our reading is behind the ends of all partitions together."""
    creates: list[str] = field(default_factory=list)
    """What of ours is on the broker at this moment."""


class Tap(Protocol):
    """A reader of one server. Secrets stand in no repr, log or error of a tap."""

    async def connect(self) -> None:
        """Open the connection.

        Raises: Unreachable (the runner tries again with back-off), Refused (shown, tried again every 30 s),
        Misconfigured (permanent).
        """

    async def follow(self, wanted: Sequence[Filter], start: Start) -> None:
        """Choose what is read; legal again between reads, then known filters go on where they are."""

    async def read(self) -> Sequence[Batch]:
        """Wait for at least one message and give at most MAX_BATCH; cancelling it loses nothing under REPLAY.

        Raises: Disconnected, EndOfStream.
        """

    async def close(self) -> None:
        """Leave the broker as it was found; idempotent, legal without connect."""

    def statistics(self) -> TapStatistics:
        """Give what is known by now, without waiting for anything."""


@runtime_checkable
class Shareable(Protocol):
    """A tap whose partitions can be divided among several readers, one of which may take over another's place."""

    def places(self) -> Places:
        """Give where reading goes on behind the messages given out so far."""


class Probe(Protocol):
    """Asks a server how far its consumers have come, over a connection of its own; reading only.

    Laws: docs/laws/probe.md.
    """

    async def poll(self, wanted: Sequence[Filter]) -> Progress:
        """Ask for every group that reads one of the wanted addresses; opens the connection when there is none.

        Raises: Unreachable, Refused, Disconnected; a missing right is told in the answer.
        """

    async def times(self, wanted: Sequence[Position]) -> Sequence[int | None]:
        """Read the one record at each position, or the next one that exists.

        Shape: as long as `wanted`; nanoseconds since the epoch, None where there is none or it cannot be read.
        """

    async def close(self) -> None:
        """Leave the broker as it was found; idempotent."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was looked at. `problem`: nothing is observed like this; `warning`: something is missing."""

    what: str
    state: Literal["ok", "warning", "problem", "unknown"]
    detail: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class TapSpec:
    """A tap as it is registered: what it promises, and the sentence that says what it leaves on the broker."""

    name: str
    protocols: frozenset[str]
    guarantees: frozenset[Guarantee]
    footprint: str
    needs: Sequence[str]
    """Least rights on the broker, one sentence each."""
    open: Callable[[str, ServerSettings, Mapping[str, object]], Tap]
    """(server name, settings, options) → a tap that is not connected yet."""
    probe: Callable[[str, ServerSettings], Probe] | None = None
    """(server name, settings) → a probe that is not connected yet; None = the protocol knows no consumers' progress."""
    examine: Callable[[str, ServerSettings, Sequence[Filter]], Awaitable[Sequence[Remark]]] | None = None
    """(server name, settings, addresses) → login, brokers and rights, one by one; reading only, leaving nothing."""
    shares: bool = False
    """`open` takes the options `share` (a Share) and `resume` (Places): several readers can divide the partitions."""
    outlook: Callable[[str, ServerSettings, Sequence[Filter], Wish], Outlook] | None = None
    """(server name, settings, addresses, what is wanted) → what the tap would do; nothing is connected to."""
    survey: Callable[[str, ServerSettings, Sequence[Filter], Wish], Awaitable[Survey]] | None = None
    """The same after a look at the server; reading only, leaving nothing. Raises what `Tap.connect` does."""
    group_footprint: str | None = None
    """What a reader leaves there that joins the group `{group}` (option `group`); None = there are no such groups."""
