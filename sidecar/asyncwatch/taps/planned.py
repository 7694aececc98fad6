"""What a tap would do, told before it does it: how each address is read, what that leaves, which rights it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a tap, as far as its footprint and its rights depend on it.

    `since`: how reading begins. `lag`: consumers are asked how far they are. `group`: the consumer group to join.
    """

    since: Literal["now", "earliest", "time"] = "now"
    lag: bool = True
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """One right on a broker, and what it is for.

    `kind`: what it is a right to (topic, group, subject). `prefix`: to everything whose name begins with `name`.
    """

    kind: str
    operation: str
    name: str
    why: str = field(compare=False)
    prefix: bool = False

    def __str__(self) -> str:
        if self.kind == "subject":
            return f"{self.operation} to {self.name}"
        if self.name == "*":
            return f"{self.operation} on every {self.kind}"
        return f"{self.operation} on {self.kind} {self.name}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class PlannedReading:
    """How one filter would be read.

    `pattern`: what is compared with real addresses, in the protocol's own notation; None = the address itself. `how`: a
    clause for people. `creates`: what that leaves on the broker while it is read. `left`: why it is not read; `note`: why
    not in every way.
    """

    pattern: str | None
    how: str
    creates: tuple[str, ...] = ()
    needs: tuple[Right, ...] = ()
    left: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a tap would do with its filters.

    Shape: `readings` is as long as the filters. `rights` holds what all of them need together, none beside another one
    that covers it.
    """

    readings: Sequence[PlannedReading]
    rights: Sequence[Right]


@dataclass(frozen=True, slots=True)
class Found:
    """What a broker shows of one filter; None = not known. `partitions`: those that we may see."""

    exists: bool | None = None
    partitions: int | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """A look at a broker that leaves nothing there.

    Shape: `found` is as long as the filters. `groups`: how many consumers of these addresses it shows, None = not known.
    """

    outlook: Outlook
    found: Sequence[Found]
    cluster: str | None
    rights_missing: Sequence[str]
    groups: int | None = None
