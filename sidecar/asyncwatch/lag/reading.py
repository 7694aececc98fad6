"""One sentence beside a lag that alarms: only what the numbers prove.

Source: looks/guide.md §1 (a sentence beside every number that alarms), §3 Lag.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from asyncwatch.lag.standing import Standing

_LONE_SHARE: Final = 0.8
_ALIKE: Final = 0.5
_COMMITTING_S: Final = 60.0


def reading_of(whole: Standing, parts: Sequence[Standing]) -> str:
    """Say what a group's numbers prove."""
    said = _SENTENCES[whole.status](whole, parts)
    if whole.unknown and whole.status != "unknown" and len(parts) > 1:
        said += f" {whole.unknown} of {len(parts)} partitions are not known."
    return said


def _ok(whole: Standing, parts: Sequence[Standing]) -> str:
    if whole.messages == 0:
        return "everything is read."
    if whole.trend.direction == "shrinking":
        return "behind, and catching up."
    return "behind by a little, and not falling further behind."


def _idle(whole: Standing, parts: Sequence[Standing]) -> str:
    return "everything is read, and nothing new came."


def _unknown(whole: Standing, parts: Sequence[Standing]) -> str:
    unseen = [one for one in parts if one.committed is None]
    if len(unseen) == len(parts):
        return "no committed position is known: how far it is cannot be told."
    if any(one.end is None for one in parts):
        return "the broker does not tell where a partition ends: how far behind cannot be told."
    if unseen:
        return f"{len(unseen)} of {len(parts)} partitions have no committed position that is known."
    return "looked at once only: whether it moves cannot be told yet."


def _abandoned(whole: Standing, parts: Sequence[Standing]) -> str:
    if whole.messages is None and whole.members == 0:
        return "the group does not exist any more."
    return "no members, and nothing was committed for ten minutes or more: nobody reads here."


def _rewound(whole: Standing, parts: Sequence[Standing]) -> str:
    said = "its committed position went back, and has not been regained"
    return said + (": reading again, and catching up." if whole.trend.direction == "shrinking" else ".")


def _stalled(whole: Standing, parts: Sequence[Standing]) -> str:
    still = f"nothing was committed {_still(parts, 'stalled')} where messages wait"
    if whole.members is None:
        return f"{still}; whether members are alive is not known."
    where = _where(parts, "stalled")
    return f"members are alive, and {still}: the group is stuck{where}, not slow."


def _stopped(whole: Standing, parts: Sequence[Standing]) -> str:
    return f"no members, and nothing was committed {_still(parts, 'stopped')}: nobody reads, the group is not slow."


def _warning(whole: Standing, parts: Sequence[Standing]) -> str:
    committing = whole.commit_age_s is not None and whole.commit_age_s <= _COMMITTING_S
    if committing:
        state = "members alive and committing" if whole.members else "commits go on"
    else:
        state = "members alive" if whole.members else "no commit was seen lately"
    loose = _loose(parts)
    if loose:
        return f"{_named(loose)} behind and the others are not, {state}: the load is skewed, the group is not stuck."
    if len(parts) == 1:
        return f"{state}: the group is too slow, not stuck." if committing else f"falling behind; {state}."
    if _alike(parts):
        said = "all partitions behind alike"
        if committing and whole.members:
            return f"{said}, {state}: the group is too slow, not stuck and not skewed."
        return f"{said}, {state}."
    return f"some partitions further behind than others, {state}."


_SENTENCES: Final = {
    "ok": _ok,
    "idle": _idle,
    "abandoned": _abandoned,
    "unknown": _unknown,
    "rewound": _rewound,
    "warning": _warning,
    "stalled": _stalled,
    "stopped": _stopped,
}


def _lags(parts: Sequence[Standing]) -> list[int]:
    return [one.messages for one in parts if one.messages is not None]


def _alike(parts: Sequence[Standing]) -> bool:
    """Tell whether every partition has at least half of the largest lag."""
    lags = _lags(parts)
    return len(lags) == len(parts) and min(lags) >= _ALIKE * max(lags)


def _loose(parts: Sequence[Standing]) -> list[Standing]:
    """Give the partitions that stand out: above mean + 3 σ of four or more, or holding nearly all of the lag."""
    lags = _lags(parts)
    if len(lags) < 2:
        return []
    total, mean = sum(lags), sum(lags) / len(lags)
    bound = mean + 3 * math.sqrt(sum((one - mean) ** 2 for one in lags) / len(lags))
    hot = [one for one in parts if one.messages is not None and len(lags) >= 4 and one.messages > bound]
    alone = [one for one in parts if one.messages is not None and one.messages >= _LONE_SHARE * total > 0]
    return hot or alone


def _named(parts: Sequence[Standing]) -> str:
    numbers = ", ".join(str(one.partition) for one in parts[:4])
    return f"partition {numbers} is" if len(parts) == 1 else f"partitions {numbers} are"


def _where(parts: Sequence[Standing], status: str) -> str:
    there = [one for one in parts if one.status == status]
    if len(there) == len(parts):
        return ""
    numbers = ", ".join(str(one.partition) for one in there[:4])
    return (
        f" on partition {numbers}" if len(there) == 1 else f" on partitions {numbers}{' …' if len(there) > 4 else ''}"
    )


def _still(parts: Sequence[Standing], status: str) -> str:
    """Say for how long nothing was committed; a commit from before we looked has no known time."""
    ages_s = [one.commit_age_s for one in parts if one.status == status and one.commit_age_s is not None]
    return f"for {_duration(max(ages_s))}" if ages_s else "since it is watched"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
