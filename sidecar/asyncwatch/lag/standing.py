"""What is concluded about a group: on one partition, and on an address as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from asyncwatch.lag.retention import Risk
from asyncwatch.lag.status import worst
from asyncwatch.lag.trend import Trend, added, catch_up_s
from asyncwatch.lag.unread import Source


class Standing(Struct):
    """A group on one partition, or (`partition` None) on an address as a whole. None = not known, never 0.

    Units: `messages` behind; `_s` seconds; `_ns` nanoseconds since the epoch.
    """

    group: str
    address: str
    """As documented, with its placeholders."""
    partition: int | None
    as_of_ns: int
    status: str
    messages: int | None
    seconds: float | None
    trend: Trend
    members: int | None
    committed: int | None = None
    end: int | None = None
    commit_age_s: float | None = None
    member: str | None = None
    records: int | None = None
    """Records really there between committed and end; holes in the positions are no messages."""
    catch_up_s: float | None = None
    retention_s: float | None = None
    """Until the first unread message is deleted."""
    share: float | None = None
    risk: Risk | None = None
    source: Source | None = None
    deleted_unread: int = 0
    """Messages that the broker deleted before they were read."""
    unknown: int = 0
    """Partitions whose lag is not known, and which the sums leave out."""
    reading: str | None = None


def together(parts: Sequence[Standing], members: int | None) -> Standing:
    """Give the row of a group on an address: worst status, summed messages, largest seconds; unknowns are left out."""
    first = parts[0]
    known = [one for one in parts if one.messages is not None]
    messages = sum(one.messages for one in known if one.messages is not None) if known else None
    trend = added([one.trend for one in parts], messages)
    slowest = max(parts, key=lambda one: -1.0 if one.seconds is None else one.seconds)
    # Only the catch-up of all together is known where partitions shrink at different speed: the slowest one decides.
    each = [one.catch_up_s for one in known]
    left = [one for one in each if one is not None]
    return Standing(
        group=first.group, address=first.address, partition=None, as_of_ns=first.as_of_ns,
        status=worst([one.status for one in parts]), messages=messages, seconds=slowest.seconds, trend=trend,
        members=members, commit_age_s=_least([one.commit_age_s for one in parts]),
        records=sum(one.records or 0 for one in parts) if all(one.records is not None for one in parts) else None,
        catch_up_s=max(left) if left and len(left) == len(each) else catch_up_s(messages, trend),
        retention_s=_least([one.retention_s for one in parts]), share=_most([one.share for one in parts]),
        risk="high" if any(one.risk == "high" for one in parts) else ("risk" if any(one.risk for one in parts) else None),
        source=slowest.source, deleted_unread=sum(one.deleted_unread for one in parts), unknown=len(parts) - len(known),
    )  # fmt: skip


def _least(values: Sequence[float | None]) -> float | None:
    return min((one for one in values if one is not None), default=None)


def _most(values: Sequence[float | None]) -> float | None:
    return max((one for one in values if one is not None), default=None)
