"""MQTT topics: `+` stands for one level, `#` at the end for any number of further ones.

Wildcards at the first level take in no topic that begins with `$`, which are the server's.
Source: MQTT 5, sections 4.7 and 4.8.2 (shared subscriptions).
"""

from __future__ import annotations

import re
from itertools import count
from typing import Final

from asyncwatch.contract.addresses.placeholders import PLACEHOLDER, Segment, cut, segment_pattern

_LEVEL: Final = r"[^/]"
_SHARED: Final = re.compile(r"\$share/([^/+#]+)/(.+)", re.DOTALL)
_MOST_BYTES: Final = 65_535


def unshared(address: str) -> tuple[str | None, str]:
    """Give the group of a shared subscription, None if it is none, and the topic that is meant."""
    found = _SHARED.fullmatch(address)
    return (None, address) if found is None else (found[1], found[2])


def pattern(address: str, *, wildcards: bool) -> re.Pattern[str] | None:
    """Give the pattern of topics. Raises: Unmatchable."""
    levels = cut(address, "/")
    if not any(_is_open(level, wildcards) for level in levels):
        return None
    numbers = count()
    pieces = [r"(?!\$|\Z)"] if _is_open(levels[0], wildcards) else []
    for place, level in enumerate(levels):
        before = re.escape(levels[place - 1].separator) if place else ""
        if wildcards and level.text == "#" and not level.separator:
            pieces.append(rf"(?s:{before}.*+)?" if place else r"(?s:.++)")
        elif wildcards and level.text == "+":
            pieces.append(rf"{before}{_LEVEL}*+")
        else:
            pieces.append(before + segment_pattern(level, _LEVEL, numbers))
    return re.compile("".join(pieces))


def _is_open(level: Segment, wildcards: bool) -> bool:
    """Tell whether a level stands for others."""
    return level.text is None or (wildcards and (level.text == "+" or (level.text == "#" and not level.separator)))


def subscription(address: str, *, wildcards: bool) -> str | None:
    """Give the narrowest topic filter that takes in all real topics."""
    return "/".join("+" if level.text is None else level.text for level in cut(address, "/"))


def fault(address: str) -> str | None:
    """Say why nothing can be published to a topic; None if it can."""
    topic = PLACEHOLDER.sub("x", address)
    levels = topic.split("/")
    if not topic or "\x00" in topic or len(topic.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        return "no topic of MQTT: it is empty, too long or holds a null sign"
    if any(level != "+" and "+" in level for level in levels):
        return "no topic of MQTT: `+` stands for a whole level"
    if any("#" in level and (level != "#" or place < len(levels) - 1) for place, level in enumerate(levels)):
        return "no topic of MQTT: `#` stands for all levels from there on"
    return None
