"""What the Kafka tap would do: the topics it reads, what it leaves, and the least rights that this takes.

READ on a topic or group brings DESCRIBE with it, so DESCRIBE is not asked for beside it. Describing the cluster is not
enough to see what groups have committed; describing the groups is.
Source: Apache Kafka, authorization and ACLs, operations and resources on protocols.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.taps.base import Filter
from asyncwatch.taps.literal_prefix import literal_prefix
from asyncwatch.taps.planned import Outlook, PlannedReading, Right, Wish

_LEGAL: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
_EVERY: Final = "*"
"""As the name of a resource: every one of its kind."""
_LENGTH: Final = re.compile(r"\A\(\?=\.\{[\d,]*\}\\Z\)")
_GROUP_NAMES: Final = re.compile(r"\(\?P<\w+>")


def kafka_outlook(_server: str, _settings: ServerSettings, wanted: Sequence[Filter], wish: Wish) -> Outlook:
    """Tell what the tap would do, without asking the cluster.

    Raises: Misconfigured for a group that no right can name.
    """
    if wish.group == _EVERY:
        raise Misconfigured("--group '*': a right to a group of this name is one to every group")
    shared = _of_groups(wish)
    readings = [_reading(one, wish, shared) for one in wanted]
    needs = [right for one in readings for right in one.needs]
    # Topics first: the groups are the same for all of them.
    return Outlook(readings, _widest(sorted(needs, key=lambda right: right in shared)))


def _of_groups(wish: Wish) -> tuple[Right, ...]:
    found: list[Right] = []
    if wish.group is not None:
        found.append(Right("group", "READ", wish.group, "to be a member of it"))
    if wish.lag:
        found.append(Right("group", "DESCRIBE", _EVERY, "for lag: who reads these topics, and how far each is"))
    return tuple(found)


def _reading(wanted: Filter, wish: Wish, shared: tuple[Right, ...]) -> PlannedReading:
    pattern = None if wanted.pattern is None else _GROUP_NAMES.sub("(", _LENGTH.sub("", wanted.pattern.pattern))
    shown = wanted.template if wanted.pattern is not None else wanted.address
    if shown is not None and not is_legal(shown):
        return PlannedReading(pattern, "", left="this is no legal name of a Kafka topic, so nothing can be sent there")
    name, prefix = (wanted.address or "", False) if wanted.pattern is None else _beginning(wanted)
    how = "every partition" if wanted.pattern is None else "every partition of the topics that match"
    how += ", without a group" if wish.group is None else f", shared with the members of group '{wish.group}'"
    needs = [Right("topic", "READ", name, _why(shown or pattern or "", prefix, name), prefix)]
    if wish.lag:
        why = "for lag: when messages expire that a group has not read"
        needs.append(Right("topic", "DESCRIBE_CONFIGS", name, why, prefix))
    creates = () if wish.group is None else (f"consumer group '{wish.group}' with its members and positions",)
    return PlannedReading(pattern, how, creates, (*needs, *shared))


def _why(shown: str, prefix: bool, name: str) -> str:
    if name == _EVERY:
        return f"to read {shown}: these topics may begin with anything, so this is a right to all"
    return f"to read {shown}: a right names what topics begin with, not a pattern" if prefix else "to read"


def is_legal(topic: str) -> bool:
    """Tell whether a topic may have this name, placeholders filled in."""
    return _LEGAL.fullmatch(_PLACEHOLDER.sub("x", topic)) is not None and topic not in {".", ".."}


def _beginning(wanted: Filter) -> tuple[str, bool]:
    """Give what the names of all topics of a pattern begin with; `*` where they may begin with anything."""
    if wanted.template is not None:
        start = wanted.template.partition("{")[0]
    else:
        assert wanted.pattern is not None  # only patterns have a beginning
        start, whole = literal_prefix(wanted.pattern.pattern)
        if whole:
            return start, False
    return (start, True) if start else (_EVERY, False)


def _widest(needs: Iterable[Right]) -> list[Right]:
    """Leave out every right that another one covers."""
    rights = list(dict.fromkeys(needs))
    every = {(one.kind, one.operation) for one in rights if one.name == _EVERY}
    prefixes = {(one.kind, one.operation, one.name) for one in rights if one.prefix}
    return [one for one in rights if not _is_covered(one, every, prefixes)]


def _is_covered(right: Right, every: set[tuple[str, str]], prefixes: set[tuple[str, str, str]]) -> bool:
    kind, operation, name = right.kind, right.operation, right.name
    if name == _EVERY:
        return False
    # A prefix does not cover itself.
    longest = len(name) - 1 if right.prefix else len(name)
    return (kind, operation) in every or any(
        (kind, operation, name[:length]) in prefixes for length in range(1, longest + 1)
    )
