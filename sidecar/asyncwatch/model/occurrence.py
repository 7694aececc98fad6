"""A fault of a row with its place: one occurrence, as the findings file writes it."""

from __future__ import annotations

from collections.abc import Callable

from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation


def occurrence(obs: Observation, row: int, fault: Fault, key_hash: Callable[[bytes], str]) -> Finding:
    """Say where and when a fault was seen.

    The address is the template where the channel is documented (settled 17b), else the real one; the key is hashed. What
    is not about one documented message names none, so that an occurrence has the fingerprint of its group.
    """
    batch, route = obs.batch, obs.route
    chosen = obs.message[row]
    candidate = route.candidates[chosen] if chosen >= 0 else None
    channel = route.channel if candidate is None else candidate.channel
    address = route.address
    if not route.documented and batch.addresses is not None:
        address = batch.addresses[row]
    context = None if obs.context is None else obs.context[row]
    key = batch.keys[row]
    hashed = fault.key_hash
    if hashed is None and key is not None:
        hashed = key_hash(key)
    return Finding(
        rule=fault.rule, severity=fault.severity, summary=fault.summary, server=batch.server, channel=channel,
        address=address, time_ns=batch.observed_ns[row], message=fault.message, path=fault.path,
        group_path=fault.group_path, schema_path=fault.schema_path, keyword=fault.keyword, expected=fault.expected,
        actual=fault.actual, partition=batch.partition, position=batch.positions[row],
        trace_id=None if context is None else context[3:35].decode("ascii"), key_hash=hashed, numbers=fault.numbers,
    )  # fmt: skip
