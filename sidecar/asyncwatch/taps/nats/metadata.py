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
    """Columns of what the broker tells about each message.

    Units: `times_ns` nanoseconds since the epoch, the broker's clock. `pending`: messages of the consumer's filter
    that were still to come after this one.
    """

    sequences: list[int]
    numbers: list[int]
    """The consumer's own numbers: 1, 2, 3… unless something was lost on the way."""
    times_ns: list[int]
    pending: list[int]


def read_deliveries(entries: Sequence[Entry]) -> Deliveries:
    """Read the reply subjects of messages of one consumer.

    Raises: ValueError, for a subject that is none of JetStream's. Cost: bench tap[nats].
    """
    first = (entries[0][2] or b"").split(b".", 13)
    places = _places(first)
    tokens = [(entry[2] or b"").split(b".", 13)[places] for entry in entries]
    sequences, numbers, times_ns, pending = (list(map(int, column)) for column in zip(*tokens, strict=True))
    return Deliveries(sequences, numbers, times_ns, pending)


def _places(tokens: Sequence[bytes]) -> slice:
    """Tell where sequence, consumer's number, time and pending stand."""
    if tokens[:2] != [b"$JS", b"ACK"]:
        raise ValueError("no ack subject")
    if len(tokens) == 9:
        return slice(5, 9)
    if len(tokens) >= 11:
        return slice(7, 11)
    raise ValueError("an ack subject of unknown form")
