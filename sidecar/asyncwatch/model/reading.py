"""What became of a batch's payloads when they were read in one format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

from asyncwatch.model.frame import Frame
from asyncwatch.model.route import SchemaFault


class Broken(Struct, frozen=True):
    """Bytes that are not what they should be: the message is undecodable.

    `reason` is short and holds no part of the message.
    """

    expected: str
    reason: str


class Unread(Struct, frozen=True):
    """Bytes that could not be judged: the message stays unchecked. `reason` is one of few phrases: it is counted by."""

    reason: str


Problem: TypeAlias = Broken | Unread


class Note(Struct, frozen=True):
    """Something worth saying of a payload that was read: changes no state. `severity` None = the rule's own."""

    rule: str
    summary: str
    severity: str | None = None
    path: str | None = None
    group_path: str | None = None
    expected: str | None = None
    actual: str | None = None


class Reading:
    """The payloads of a batch as values of one format, in JSON's types.

    Shape: `values` and `decoded` are as long as the batch; `decoded[row]` is 1 where there is a value, and `problems`
    holds a problem for each row that was wanted and has none. `judged[row]` is 1 where reading by the schema was the
    check, as with Avro's binary form: such a value without a breach keeps to it; `judged` None = no row is.
    `breaches`: rows that were read and break the contract.
    """

    __slots__ = ("breaches", "decoded", "judged", "notes", "problems", "values")

    def __init__(self, values: list[object], decoded: bytearray, *, is_judged: bool = False) -> None:
        self.values = values
        self.decoded = decoded
        self.judged: bytearray | None = bytearray(decoded) if is_judged else None
        self.problems: dict[int, Problem] = {}
        self.notes: list[tuple[int, Note]] = []
        self.breaches: dict[int, list[SchemaFault]] = {}


class PayloadReader(Protocol):
    """Reads payloads of one format by one schema, which was bound when the reader was made."""

    def read(self, bodies: Sequence[bytes | None], frames: Sequence[Frame | None] | None, /) -> Reading:
        """Read each body; None = nothing is wanted of that row.

        Raises: nothing; what cannot be read is a problem of its row.
        """
