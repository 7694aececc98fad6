"""Which of the wanted addresses are read from streams, which by subscriptions, and which are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from asyncwatch.taps.base import Filter
from asyncwatch.taps.nats.jetstream import Stream
from asyncwatch.taps.nats.subjects import (
    apart,
    covers,
    is_reserved,
    is_subject,
    may_subscribe,
    meet,
    subject_of,
    widest,
)

Mode = Literal["auto", "core", "jetstream"]

_MOST_KNOWN: Final = 16_384
"""Subjects whose filter is remembered; beyond that the memory begins anew."""
_MOST_FILTERS: Final = 256
"""Filter subjects of one consumer; beyond that everything of the stream is read, and picked from here."""


@dataclass(slots=True)
class Share:
    """What is read from one stream: filters by id, and the subjects its consumer asks for ([] = all)."""

    stream: Stream
    filters: dict[str, Filter] = field(default_factory=dict)
    subjects: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Division:
    """How the wanted filters are read.

    `core`: subjects to subscribe to. `core_ids`, `stream_ids`: the filters read each way (a wide one may be read both
    ways). `left`: a sentence for each filter that is read in no way, or not in all. `illegal`: ids of addresses that
    are no subjects.
    """

    shares: dict[str, Share] = field(default_factory=dict)
    core: list[str] = field(default_factory=list)
    core_ids: set[str] = field(default_factory=set)
    stream_ids: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    illegal: set[str] = field(default_factory=set)


class Selection:
    """The wanted filters; each real subject is read under one of them: exact addresses before patterns, in their order."""

    def __init__(self, wanted: Sequence[Filter]) -> None:
        self.filters = tuple(wanted)
        self._exact = {one.address.encode(): one for one in wanted if one.pattern is None and one.address is not None}
        self._patterns = [(one, subject_of(one).partition(".")[0]) for one in wanted if one.pattern is not None]
        self.known: dict[bytes, Filter | None] = {}
        """Real subject → its filter, None if it is not wanted."""

    def look_up(self, subjects: set[bytes]) -> Mapping[bytes, Filter | None]:
        """Give the filters of real subjects; the answer holds these and others."""
        known = self.known
        fresh = subjects - known.keys()
        if fresh:
            if len(known) + len(fresh) > _MOST_KNOWN:
                known.clear()
                fresh = subjects
            for subject in fresh:
                known[subject] = self._find(subject)
        return known

    def _find(self, subject: bytes) -> Filter | None:
        found = self._exact.get(subject)
        if found is not None:
            return found
        text = subject.decode("utf-8", "backslashreplace")
        reserved = is_reserved(text)
        first = text.partition(".")[0]
        for one, own in self._patterns:
            # What belongs to the server or a requester is read only where a document begins with its name.
            if one.covers(text) and (not reserved or own == first):
                return one
        return None

    def divide(self, streams: Sequence[Stream], mode: Mode, *, requests: bool, setting: str) -> Division:
        """Say how each filter is read.

        `requests`: the user agrees that subjects of requests are subscribed to; `setting`: how that is said.
        """
        division = Division()
        by_token: dict[str, list[tuple[Stream, str]]] = {}
        for stream in streams if mode != "core" else ():
            for subject in stream.subjects:
                by_token.setdefault(subject.partition(".")[0], []).append((stream, subject))
        anywhere = [pair for token in ("*", ">") for pair in by_token.get(token, [])]
        everything = [pair for pairs in by_token.values() for pair in pairs]
        subjects: dict[str, list[str]] = {}
        core: list[str] = []
        for one in self.filters:
            wanted = subject_of(one)
            if not is_subject(wanted):
                division.illegal.add(one.id)
                division.left.append(
                    f"address '{one.address or one.id}': no subject of nats, so nothing can be sent there"
                )
                continue
            token = wanted.partition(".")[0]
            near = everything if token in {"*", ">"} else [*by_token.get(token, []), *anywhere]
            whole = False
            for stream, subject in near:
                both = meet(wanted, subject)
                if both is None or (is_reserved(subject) and token in {"*", ">"}):
                    continue
                share = division.shares.setdefault(stream.name, Share(stream))
                share.filters[one.id] = one
                subjects.setdefault(stream.name, []).append(both)
                division.stream_ids.add(one.id)
                whole = whole or covers(subject, wanted)
            if whole or mode == "jetstream":
                continue
            if one.request and not requests:
                division.left.append(
                    f"subject {wanted}: carries requests, and a subscription would keep a requester without a service "
                    f"waiting; not subscribed to ({setting}=true reads it all the same)"
                )
            elif not may_subscribe(wanted):
                division.left.append(f"subject {wanted}: takes in inboxes or subjects of the server; not subscribed to")
            else:
                core.append(wanted)
                division.core_ids.add(one.id)
        for name, share in division.shares.items():
            narrowed = apart(subjects[name])
            every = all(any(covers(one, subject) for one in narrowed) for subject in share.stream.subjects)
            share.subjects = [] if every or len(narrowed) > _MOST_FILTERS else narrowed
        division.core = widest(core)
        return division
