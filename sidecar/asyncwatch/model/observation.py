"""A batch beside everything the checks have found out about it, again as columns."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from asyncwatch.model.batch import Batch, HeaderValue
from asyncwatch.model.finding import Fault
from asyncwatch.model.frame import Frame
from asyncwatch.model.state import UNCHECKED

if TYPE_CHECKING:
    from asyncwatch.model.reading import Reading
    from asyncwatch.model.route import Route


class Observation:
    """The batch, its route, and a column per fact; a column is None where the route does not want it.

    Shape: every column that is not None is as long as the batch. `fields[slot][row]` is the last value of the header
    that `route.slots` gives that slot. `message[row]` indexes `route.candidates`, -1 = none chosen. `context[row]` is
    a context in normalised W3C form (55 bytes), None = none or invalid. `faults` is sparse: (row, what is wrong), in
    the order the checks found them.
    """

    __slots__ = (
        "batch",
        "bodies",
        "context",
        "context_format",
        "correlation",
        "decoded",
        "digest",
        "event_ns",
        "faults",
        "fields",
        "frames",
        "message",
        "readings",
        "reasons",
        "repeats",
        "reply_to",
        "route",
        "scope_key",
        "sender",
        "sequence",
        "spans",
        "state",
        "values",
    )  # fmt: skip

    def __init__(self, batch: Batch, route: Route) -> None:
        n = len(batch)
        self.batch = batch
        self.route = route
        self.fields: list[list[HeaderValue]] = []
        """Set by the check `fields`."""
        self.repeats: list[tuple[int, int]] = []
        """(row, slot) of every wanted header that occurs again in its message."""
        self.frames: list[Frame | None] | None = None
        """How each message was framed; None = not one of the batch was."""
        self.bodies: Sequence[bytes | None] = batch.payloads
        """The data of each message, out of its frame."""
        self.readings: Sequence[Reading] = ()
        """What each candidate's format makes of the data; candidates of one format share one."""
        self.values: list[object] | None = None
        """Decoded data, as the format of the chosen message has it; None where there is none."""
        self.decoded: bytearray | None = None
        """1 where `values` holds a decoded payload (which may itself be None: JSON null)."""
        self.message: list[int] = [-1] * n
        self.state: bytearray = bytearray([UNCHECKED]) * n
        """A code of `model.state` a row. It starts as unchecked: nothing is valid before a check said so."""
        self.reasons: list[tuple[int, str]] = []
        """(row, why) of rows that stay unchecked."""
        self.context: list[bytes | None] | None = None
        self.context_format: dict[int, str] = {}
        """Row -> format word, for rows whose context came in another format than w3c."""
        self.sequence: list[int | None] | None = None
        self.scope_key: Sequence[Hashable] | None = None
        self.event_ns: Sequence[int | None] | None = None
        self.digest: list[int | None] | None = None
        self.correlation: list[bytes | None] | None = None
        self.reply_to: list[str | None] | None = None
        self.sender: Sequence[str | None] | None = None
        self.spans: dict[int, bytes] = {}
        """Row -> trace id and span id, 24 bytes, of the span that an outlet made of it, for rows with a fault."""
        self.faults: list[tuple[int, Fault]] = []
