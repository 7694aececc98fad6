"""Whether a group will read its messages before the broker deletes them.

Source: facts on lag, B4 (retention risk).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Risk: TypeAlias = Literal["risk", "high"]

_SHARE_RISK: Final = 0.5
_SHARE_HIGH: Final = 0.8
_SOON_S: Final = 600.0


def share_unread(lag: int | None, low: int | None, end: int | None) -> float | None:
    """Give which share of what the broker holds is unread; None where that is not known or nothing is held."""
    if lag is None or low is None or end is None or end <= low:
        return None
    return min(lag / (end - low), 1.0)


def time_left_s(retention_s: float | None, seconds: float | None) -> float | None:
    """Give the time until the first unread message is deleted. Units: seconds, at least 0."""
    if retention_s is None or seconds is None:
        return None
    return max(retention_s - seconds, 0.0)


def risk_of(share: float | None, left_s: float | None, catch_up_s: float | None, *, deletes: bool) -> Risk | None:
    """Judge the danger of losing messages unread.

    `deletes`: the broker has begun to delete from this partition; before that a share says nothing.
    """
    if share is not None and deletes and share >= _SHARE_HIGH:
        return "high"
    if left_s is not None and left_s < _SOON_S and share != 0:
        return "high"
    if share is not None and deletes and share >= _SHARE_RISK:
        return "risk"
    if left_s is not None and catch_up_s is not None and left_s < catch_up_s:
        return "risk"
    return None
