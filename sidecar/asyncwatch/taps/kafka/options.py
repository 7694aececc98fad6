"""The options of the Kafka tap: what may be tuned, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from asyncwatch.model.errors import Misconfigured
from asyncwatch.taps.base import Places, Share


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """What may be tuned.

    Units: `_s` seconds, `_bytes` bytes. `refresh_s`: how often topics and partitions are listed again.
    `away_after_s`: how long no broker of the cluster may answer before the connection counts as lost.
    Source: facts on performance (256 KiB a fetch of one partition; an answer holds four), facts on taps (30 s).
    """

    fetch_max_bytes: int = 1_048_576
    fetch_wait_s: float = 0.5
    refresh_s: float = 30.0
    away_after_s: float = 2.5
    request_timeout_s: float = 10.0
    client_rack: str | None = None
    share: Share | None = None
    """Which of the partitions are read; None = all."""
    resume: Places = field(default_factory=dict)
    """Places to go on at, from a reader of the same share that is gone."""
    resume_cluster: str | None = None
    """The cluster that those places belong to: on another one they are nothing; None = this one."""
    group: str | None = None
    """The consumer group to join as a member; None = none."""
    session_timeout_s: float = 10.0
    """How long a member of that group may be silent before others take its partitions over."""


_NUMBERS = frozenset(
    {"fetch_max_bytes", "fetch_wait_s", "refresh_s", "away_after_s", "request_timeout_s", "session_timeout_s"}
)
_OURS = frozenset({"share", "resume", "resume_cluster"})
"""Given by the pipeline, never by a user."""


def parse_options(server: str, options: Mapping[str, object]) -> KafkaOptions:
    """Read the options of a server.

    Raises: Misconfigured.
    """
    known = [one.name for one in fields(KafkaOptions) if one.name not in _OURS]
    chosen: dict[str, object] = {}
    for name, value in options.items():
        place = f"server '{server}': option '{name}'"
        if name not in known and name not in _OURS:
            raise Misconfigured(f"{place} is unknown", hint=f"known: {', '.join(known)}")
        if name in _NUMBERS:
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise Misconfigured(f"{place} is no number above 0")
            chosen[name] = int(value) if name == "fetch_max_bytes" else float(value)
        elif name in _OURS:
            chosen[name] = value
        elif value is not None and not isinstance(value, str):
            raise Misconfigured(f"{place} is no text")
        else:
            chosen[name] = value
    return KafkaOptions(**chosen)  # type: ignore[arg-type]  # each value was narrowed above, by its name
