"""Subjects and their wildcards: what covers what, where two meet, and which may be subscribed at all.

`*` stands for one token, `>` at the end for one or more.
Source: NATS documentation, subject-based messaging.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from asyncwatch.taps.base import Filter
from asyncwatch.taps.literal_prefix import literal_prefix

_MOST_BYTES: Final = 1_024
_MOST_TOKENS: Final = 128
_UNSENDABLE: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
_RESERVED: Final = ("_INBOX", "$JS", "$SYS", "$SRV", "$KV", "$O")
"""First tokens that requests, replies and the server itself use; `$KV` and `$O` are JetStream's stores."""
_ASKED: Final = ("_INBOX", "$JS", "$SYS", "$SRV")
"""Reserved ones that carry requests: a subscription there changes what a requester sees."""


def is_subject(text: str) -> bool:
    """Tell whether a text may be subscribed to: parts without white space, wildcards only as whole parts."""
    if not text or len(text.encode("utf-8", "surrogatepass")) > _MOST_BYTES or _UNSENDABLE.search(text):
        return False
    parts = text.split(".")
    if len(parts) > _MOST_TOKENS or not all(parts) or not text.isprintable():
        return False
    return all(
        part == "*" or (part == ">" and place == len(parts) - 1) or not {"*", ">"} & set(part)
        for place, part in enumerate(parts)
    )


def subject_of(wanted: Filter) -> str:
    """Give the narrowest subject that takes in everything a filter covers; it may be no legal subject."""
    if wanted.pattern is None:
        return wanted.address or ""
    if wanted.subscription is not None:
        return wanted.subscription
    if wanted.template is not None:
        tokens = wanted.template.split(".")
        return ".".join("*" if _PLACEHOLDER.search(token) else token for token in tokens)
    literal, whole = literal_prefix(wanted.pattern.pattern)
    if whole:
        return literal
    tokens = literal.split(".")[:-1]
    return ".".join([*tokens, ">"])


def covers(wide: str, narrow: str) -> bool:
    """Tell whether every subject that `narrow` stands for is one that `wide` stands for."""
    if wide == narrow:
        return True
    outer, inner = wide.split("."), narrow.split(".")
    for place, part in enumerate(outer):
        if part == ">":
            return len(inner) > place
        if place >= len(inner) or inner[place] == ">":
            return False
        if part not in {"*", inner[place]}:
            return False
    return len(outer) == len(inner)


def meet(one: str, other: str) -> str | None:
    """Give the subject that stands for what both stand for; None if they have nothing in common."""
    left, right = one.split("."), other.split(".")
    tokens: list[str] = []
    for place in range(max(len(left), len(right))):
        first = left[place] if place < len(left) else ""
        second = right[place] if place < len(right) else ""
        if not first or not second:
            return None
        if first == ">":
            return ".".join([*tokens, *right[place:]])
        if second == ">":
            return ".".join([*tokens, *left[place:]])
        if first != second and "*" not in {first, second}:
            return None
        tokens.append(second if first == "*" else first)
    return ".".join(tokens)


def join(one: str, other: str) -> str:
    """Give a subject that covers both, as narrow as one subject can be."""
    left, right = one.split("."), other.split(".")
    tokens: list[str] = []
    for first, second in zip(left, right, strict=False):
        if ">" in {first, second}:
            return ".".join([*tokens, ">"])
        tokens.append(first if first == second else "*")
    if len(left) != len(right):
        # One ends where the other goes on, so the last token in common gives way.
        tokens[-1:] = [">"]
    return ".".join(tokens)


def widest(subjects: Iterable[str]) -> list[str]:
    """Leave out every subject that another one covers."""
    found: list[str] = []
    for subject in dict.fromkeys(subjects):
        if not any(covers(one, subject) for one in found):
            found = [one for one in found if not covers(subject, one)]
            found.append(subject)
    return found


def apart(subjects: Iterable[str]) -> list[str]:
    """Give subjects that cover all of these and have nothing in common with each other, as a consumer must have."""
    found: list[str] = []
    for subject in widest(subjects):
        joined = subject
        while clash := next((one for one in found if meet(one, joined) is not None), None):
            found.remove(clash)
            joined = join(clash, joined)
        found.append(joined)
    return found


def is_reserved(subject: str) -> bool:
    """Tell whether a real subject is the server's or a requester's own: never a message of a service."""
    return subject.partition(".")[0] in _RESERVED


def may_subscribe(subject: str) -> bool:
    """Tell whether subscribing leaves requests alone: no reserved space, and no wildcard that takes all of one in.

    A subject that begins with a wildcard needs a token of its own further on, which no inbox and no API subject has.
    """
    tokens = subject.split(".")
    if tokens[0] not in {"*", ">"}:
        return tokens[0] not in _ASKED
    return any(token not in {"*", ">", "API", "ACK", "FC", "REQ", "ACCOUNT", "SERVER"} for token in tokens[1:])


def covered(subject: str, by: Sequence[str]) -> bool:
    """Tell whether one of the others covers a subject."""
    return any(covers(one, subject) for one in by)
