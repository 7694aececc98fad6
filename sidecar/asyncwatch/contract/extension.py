"""`x-asyncwatch`: what a document says to us about its own channels and messages.

Source: interfaces.md, section 5; settled 30.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from asyncwatch.contract.entities import Match
from asyncwatch.contract.expressions import parse_expression
from asyncwatch.contract.findings import quote
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.sites import Site
from asyncwatch.model.route import OrderingRule
from asyncwatch.model.rules import FAMILIES, RULES
from asyncwatch.reading.duration import parse_duration

NAME: Final = "x-asyncwatch"


@dataclass(frozen=True, slots=True)
class Extension:
    """What was said; `ordering` None = nothing about sequences or event times."""

    ordering: OrderingRule | None = None
    ignored_rules: frozenset[str] = frozenset()
    quiet: bool = False
    match: Match | None = None


class _Wrong(ValueError):
    """A value that its key does not take; the text says what is expected."""


def _expression(value: object) -> str:
    if isinstance(value, str) and parse_expression(value) is not None:
        return value
    raise _Wrong("an expression such as $message.header#/sequence_id is expected")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20:
        return value
    raise _Wrong("a whole number is expected")


def _positive(value: object) -> int:
    number = _whole(value)
    if number < 1:
        raise _Wrong("a whole number from 1 on is expected")
    return number


def _duration(value: object) -> float:
    seconds = parse_duration(value)
    if seconds is None:
        raise _Wrong("a duration such as PT5S or 5s is expected")
    return seconds


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise _Wrong(f"one of {', '.join(words)} is expected")

    return read


Fields = dict[str, tuple[str, Callable[[object], Any]]]

_ANYWHERE: Final[Fields] = {
    "modulus": ("modulus", _positive), "scope": ("scope", _one_of("channel", "partition", "key")),
    "window": ("window", _positive), "lost-after": ("lost_after_s", _duration),
}  # fmt: skip
_SEQUENCE: Final[Fields] = {
    "location": ("location", _expression), "key": ("key", _expression), "start": ("start", _whole),
    "step": ("step", _positive), **_ANYWHERE,
}  # fmt: skip
_EVENT_TIME: Final[Fields] = {
    "location": ("event_time", _expression), "unit": ("event_time_unit", _one_of("auto", "s", "ms", "us", "ns")),
    "allowed-lateness": ("allowed_lateness_s", _duration),
}  # fmt: skip
_TOP: Final[Fields] = {
    "id": ("identity", _expression), "allowed-lateness": ("allowed_lateness_s", _duration), **_ANYWHERE,
}  # fmt: skip


_OF_MESSAGE: Final = frozenset({"match"})
_OF_CHANNEL: Final = frozenset({"ignore", "quiet"})


def read_extensions(site: Site) -> dict[str, object]:
    """Give the extensions that stand on an object, as they stand there."""
    return {key: inner.value for key, inner in site.members() if key.startswith("x-")}


def read_extension(parts: Parts, site: Site, what: str, *, of_message: bool = False) -> Extension:
    """Read the extension of a channel or message; each fault is a finding, the rest counts."""
    extension = site.child(NAME)
    if extension is None:
        return Extension()
    followed = parts.follow(extension, f"{NAME} of {what}")
    if followed is None or not parts.expect_mapping(followed, f"{NAME} of {what}"):
        return Extension()
    said: dict[str, Any] = {}
    ignored: frozenset[str] = frozenset()
    quiet = False
    match: Match | None = None
    for key, inner in followed.members():
        if key in (_OF_CHANNEL if of_message else _OF_MESSAGE):
            _note(parts, inner, f"{key} is read on {'channels' if of_message else 'messages'} only")
        elif key in {"sequence", "event-time"}:
            if parts.expect_mapping(inner, f"{key} of {NAME}"):
                _read_fields(parts, inner, _SEQUENCE if key == "sequence" else _EVENT_TIME, said)
        elif key in _TOP:
            _read_field(parts, inner, key, _TOP, said)
        elif key == "ignore":
            ignored = _read_rules(parts, inner)
        elif key == "quiet":
            if isinstance(inner.value, bool):
                quiet = inner.value
            else:
                _note(parts, inner, "quiet: true or false is expected")
        elif key == "match":
            match = _read_match(parts, inner)
            if match is not None:
                parts.findings.add(
                    "document.extension", "info", f"{NAME}: match is kept, this version does not choose by it", inner
                )
        else:
            _note(parts, inner, f"unknown key {quote(key)}")
    return Extension(OrderingRule(**said) if said else None, ignored, quiet, match)


def _read_fields(parts: Parts, site: Site, fields: Fields, said: dict[str, Any]) -> None:
    for key, inner in site.members():
        _read_field(parts, inner, key, fields, said)


def _read_field(parts: Parts, site: Site, key: str, fields: Fields, said: dict[str, Any]) -> None:
    if key not in fields:
        _note(parts, site, f"unknown key {quote(key)}")
        return
    name, read = fields[key]
    try:
        said[name] = read(site.value)
    except _Wrong as error:
        _note(parts, site, f"{key}: {error}")


def _read_match(parts: Parts, site: Site) -> Match | None:
    """Read what tells the message from others: a place and the value that stands there."""
    location, value = site.child("location"), site.child("value")
    if location is None or value is None or isinstance(value.value, list | dict):
        _note(
            parts,
            site,
            "match: a location and a value are expected, such as {location: $message.header#/type, value: x}",
        )
        return None
    try:
        return Match(_expression(location.value), cast("str | float | bool | None", value.value))
    except _Wrong as error:
        _note(parts, location, f"match: {error}")
        return None


def _read_rules(parts: Parts, site: Site) -> frozenset[str]:
    """Read the rules to leave out: ids or whole families."""
    if not isinstance(site.value, list):
        _note(parts, site, "ignore: a list of rules is expected")
        return frozenset()
    found: set[str] = set()
    for item in site.items():
        if isinstance(item.value, str) and (item.value in RULES or item.value in FAMILIES):
            found.add(item.value)
        else:
            shown = quote(item.value) if isinstance(item.value, str) else "that"
            _note(parts, item, f"ignore: {shown} is no rule")
    return frozenset(found)


def _note(parts: Parts, site: Site, summary: str) -> None:
    parts.findings.add("document.extension", "warning", f"{NAME}: {summary}", site)
