"""What JetStream writes into the reply subject of a delivered message.

`$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.CONSUMER-SEQUENCE.TIME.PENDING`, or the same with domain and account hash
after `ACK` and perhaps a token at the end.
Source: NATS ADR-15 (ack subjects).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncwatch.taps.nats.framing import Entry


@dataclass(slots=True)
class Deliveries:
    """What the broker tells about messages of one consumer.

    Units: `times_ns` nanoseconds since the epoch, the broker's clock.
    """

    sequences: list[int]
    times_ns: list[int]
    first: int
    """The consumer's own number of the first message; it counts 1, 2, 3… unless something was lost on the way."""
    last: int
    pending: int
    """Messages of the consumer's filter that were still to come after the last one."""
    pending_at_first: int


def read_deliveries(entries: Sequence[Entry]) -> Deliveries:
    """Read the reply subjects of messages of one consumer.

    Raises: ValueError or IndexError, for a subject that is none of JetStream's. Cost: bench tap[nats].
    """
    pieces = 4 + _tail(entries[0][2] or b"")
    tokens = [(entry[2] or b"").rsplit(b".", pieces) for entry in entries]
    sequences = [int(one[1]) for one in tokens]
    times_ns = [int(one[3]) for one in tokens]
    head, end = tokens[0], tokens[-1]
    return Deliveries(
        sequences, times_ns, first=int(head[2]), last=int(end[2]), pending=int(end[4]), pending_at_first=int(head[4])
    )


def _tail(subject: bytes) -> int:
    """Tell how many tokens stand after the number of pending messages."""
    tokens = subject.split(b".", 13)
    if tokens[:2] != [b"$JS", b"ACK"]:
        raise ValueError("no ack subject")
    if len(tokens) == 9:
        return 0
    if len(tokens) >= 11:
        return len(tokens) - 11
    raise ValueError("an ack subject of unknown form")
