"""JSON payloads of a batch: the fast parser for all, a second look at those it refuses."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.decode.json import Recovered, parse_json, recover
from asyncwatch.model.frame import Frame
from asyncwatch.model.reading import Broken, Note, Reading, Unread


class JsonReader:
    """Reads JSON in UTF-8."""

    def read(self, bodies: Sequence[bytes | None], frames: Sequence[Frame | None] | None, /) -> Reading:
        """Read each body.

        Cost: bench loop[decode].
        """
        n = len(bodies)
        values: list[object] = []
        refused: list[int] = []
        rest = iter(bodies)
        while len(values) < n:  # what was appended before a refusal stays in the list
            try:
                values.extend(map(parse_json, rest))  # type: ignore[arg-type] # null payloads are refused as well
            except (ValueError, RecursionError):
                refused.append(len(values))
                values.append(None)
        reading = Reading(values, bytearray(b"\x01") * n)
        for row in refused:
            body = bodies[row]
            reading.decoded[row] = 0
            if body is not None:
                _look_again(reading, row, body)
        return reading


def _look_again(reading: Reading, row: int, body: bytes) -> None:
    found = recover(body)
    if isinstance(found, Recovered):
        reading.values[row] = found.value
        reading.decoded[row] = 1
        if found.doubt is not None:
            reading.notes.append((row, Note("payload.encoding", found.doubt, "info")))
    elif found.unchecked is not None:
        reading.problems[row] = Unread(found.unchecked)
    else:
        reading.problems[row] = Broken("JSON", found.reason)
