"""The options of the NATS tap: what may be tuned, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from asyncwatch.model.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class NatsOptions:
    """What may be tuned.

    Units: `_s` seconds. `refresh_s`: how often the streams are listed again. `away_after_s`: how long a server may stay
    silent before the connection counts as lost. `poll_s`: how often the end of a work queue is asked for.
    `heartbeat_s`: how often a consumer without messages says that it is alive. `ring_messages`, `ring_bytes`: what is
    kept of messages that arrive faster than they are judged.
    Source: facts on taps (§2 NATS).
    """

    refresh_s: float = 10.0
    away_after_s: float = 6.0
    request_timeout_s: float = 5.0
    poll_s: float = 0.25
    heartbeat_s: float = 5.0
    ring_messages: int = 65_536
    ring_bytes: int = 67_108_864


_WHOLE: Final = frozenset({"ring_messages", "ring_bytes"})


def parse_options(server: str, options: Mapping[str, object]) -> NatsOptions:
    """Read the options of a server.

    Raises: Misconfigured.
    """
    known = [field.name for field in fields(NatsOptions)]
    chosen: dict[str, float | int] = {}
    for name, value in options.items():
        place = f"server '{server}': option '{name}'"
        if name not in known:
            raise Misconfigured(f"{place} is unknown", hint=f"known: {', '.join(known)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise Misconfigured(f"{place} is no number above 0")
        chosen[name] = int(value) if name in _WHOLE else float(value)
    return NatsOptions(**chosen)  # type: ignore[arg-type]  # each value was narrowed above, by its name
