"""One finding when a group gets into trouble, none for flapping: a state counts once it was judged twice in a row.

Source: facts on lag, B4 (flap filter); interfaces.md §4 (lag.*).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.lag.retention import Risk
from asyncwatch.lag.standing import Standing
from asyncwatch.model.finding import Finding

RULES: Final[Mapping[str, str]] = {
    "warning": "lag.warning",
    "stalled": "lag.stalled",
    "stopped": "lag.stopped",
    "rewound": "lag.rewound",
    "abandoned": "lag.abandoned",
}
_DOES: Final[Mapping[str, str]] = {
    "warning": "falls behind",
    "stalled": "is stalled",
    "stopped": "has stopped",
    "rewound": "was set back",
    "abandoned": "is abandoned",
}
_RETENTION: Final = "lag.retention-risk"
_RISKS: Final[tuple[Risk | None, ...]] = (None, "risk", "high")


class Told:
    """What was told of one group on one address."""

    __slots__ = ("_confirmed", "_last", "_losing", "_risk", "_risk_last")

    def __init__(self) -> None:
        self._last: str | None = None
        self._confirmed: str | None = None
        self._risk_last: Risk | None = None
        self._risk: Risk | None = None
        self._losing = False

    def take(self, whole: Standing, place: tuple[str, str | None], severities: Mapping[str, str]) -> list[Finding]:
        """Give what is new; `place` is server and channel."""
        found: list[Finding] = []
        if whole.status == self._last and whole.status != self._confirmed:
            self._confirmed = whole.status
            if whole.status in RULES:
                found.append(_finding(RULES[whole.status], whole, place, severities, _summary(whole)))
        self._last = whole.status
        if whole.risk == self._risk_last and whole.risk != self._risk:
            worse = _RISKS.index(whole.risk) > _RISKS.index(self._risk)
            self._risk = whole.risk
            if worse and whole.status != "abandoned":
                found.append(_finding(_RETENTION, whole, place, severities, _risk_summary(whole), whole.risk))
        self._risk_last = whole.risk
        losing = whole.deleted_unread > 0 and whole.status not in {"abandoned", "unknown"}
        if losing and not self._losing:
            said = f"a consumer group lost messages: {whole.deleted_unread} were deleted before it read them"
            found.append(_finding(_RETENTION, whole, place, severities, said, "lost"))
        self._losing = losing or (self._losing and whole.deleted_unread > 0)
        return [one for one in found if one.severity != "off"]


def _finding(
    rule: str,
    whole: Standing,
    place: tuple[str, str | None],
    severities: Mapping[str, str],
    summary: str,
    reason: str | None = None,
) -> Finding:
    # The reason is the part of the rule that was met: losing messages is another cause than being about to.
    return Finding(
        rule=rule, severity=severities[rule], summary=summary, server=place[0], channel=place[1],
        address=whole.address, time_ns=whole.as_of_ns, group=whole.group,
        schema_path="lost" if reason == "lost" else None, keyword=reason, behind=(whole.messages, whole.seconds),
    )  # fmt: skip


def _behind(whole: Standing) -> str:
    if whole.messages is None:
        return ""
    seconds = "" if whole.seconds is None else f", {whole.seconds:.1f} s"
    return f" ({whole.messages} messages{seconds} behind)"


def _summary(whole: Standing) -> str:
    said = (whole.reading or "").rstrip(".")
    return f"a consumer group {_DOES[whole.status]}{_behind(whole)}: {said}"


def _risk_summary(whole: Standing) -> str:
    share = "" if whole.share is None else f"{whole.share:.0%} of what the broker holds is unread"
    left = "" if whole.retention_s is None else f"the first unread message is deleted in {whole.retention_s:.0f} s"
    return "a consumer group may lose messages: " + ", ".join(one for one in (share, left) if one)
