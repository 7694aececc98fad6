"""Which server, channel or message of a document a reference means: by what it names, else by what it leads to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.sites import Pointer, Site

Place = tuple[str, Pointer]
_MOST_STATIONS: Final = 100


def stations(parts: Parts, site: Site) -> Iterator[Site]:
    """Give every site that a chain of references passes, its end last.

    Raises: Unresolvable, where the chain breaks off.
    """
    for _ in range(_MOST_STATIONS):
        if site.reference is None:
            return
        site = parts.documents.resolve(site.file, site.reference)
        yield site


class Copies:
    """Objects known by what is in them: tools that resolve references beforehand write copies in their places."""

    def __init__(self, originals: Iterable[tuple[str, Site]]) -> None:
        self._originals = originals
        self._names: dict[bytes, str] | None = None

    def original(self, site: Site) -> str | None:
        """Give the name of the object that a site is a copy of; None if it is none."""
        if not isinstance(site.value, dict) or site.reference is not None:
            return None
        if self._names is None:
            self._names = {}
            for name, one in self._originals:
                self._names.setdefault(_digest(one.value), name)
        return self._names.get(_digest(site.value))


def _digest(value: object) -> bytes:
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def note_copy(parts: Parts, rule: str, what: str, name: str, site: Site) -> None:
    """Note that a copy stands where a reference belongs."""
    summary = f"{what} is written out instead of referred to, it is taken for {quote(name)}"
    parts.findings.add(rule, "warning", summary, site)


class Places:
    """The channels and messages of a document of version 3.x by the places where they may be referred to."""

    def __init__(self, parts: Parts, listed: Site | None, sites: Mapping[str, Site]) -> None:
        self._parts = parts
        self._sites = sites
        self._copies = Copies(sites.items())
        self._copies_of_messages: dict[str, Copies] = {}
        self._channels: dict[Place, str] = {}
        self._messages: dict[tuple[str, Place], str] = {}
        owns = {name: listed.child(name) if listed is not None else None for name in sites}
        for name, own in owns.items():
            if own is not None:
                self._channels.setdefault((own.file, own.pointer), name)
        for name, site in sites.items():
            self._channels.setdefault((site.file, site.pointer), name)
            for key, message in self._listed(name):
                self._note_message(name, key, message, owns[name])

    def _note_message(self, channel: str, key: str, message: Site, own: Site | None) -> None:
        self._messages.setdefault((channel, (message.file, message.pointer)), key)
        if own is not None:
            self._messages.setdefault((channel, (own.file, (*own.pointer, "messages", key))), key)
        target = self._followed(message)
        self._messages.setdefault((channel, (target.file, target.pointer)), key)

    def channel(self, site: Site, what: str) -> str | None:
        """Give the channel a reference means; None, with a finding, if it means none."""
        for place in self._stations(site):
            if place in self._channels:
                return self._channels[place]
        name = self._copies.original(site)
        if name is not None:
            note_copy(self._parts, "document.operation-channel", f"the channel of {what}", name, site)
            return name
        self._parts.findings.add(
            "document.operation-channel", "error", f"{what} is left out: its channel is unknown", site
        )
        return None

    def message(self, channel: str, site: Site, what: str) -> str | None:
        """Give the key of the channel's message that a reference means; None, with a finding, if it means none."""
        for place in self._stations(site):
            key = self._messages.get((channel, place))
            if key is not None:
                return key
        key = self._message_copies(channel).original(site)
        if key is not None:
            note_copy(self._parts, "document.operation-message", f"a message of {what}", key, site)
            return key
        self._parts.findings.add(
            "document.operation-message", "warning", f"{what} names a message that its channel does not have", site
        )
        return None

    def _listed(self, channel: str) -> Iterator[tuple[str, Site]]:
        messages = self._sites[channel].child("messages")
        if messages is not None:
            yield from self._followed(messages).members()

    def _message_copies(self, channel: str) -> Copies:
        if channel not in self._copies_of_messages:
            followed = [(key, self._followed(one)) for key, one in self._listed(channel)]
            self._copies_of_messages[channel] = Copies(followed)
        return self._copies_of_messages[channel]

    def _followed(self, site: Site) -> Site:
        try:
            return self._parts.documents.follow(site)
        except Unresolvable:
            return site  # reading it says so

    def _stations(self, site: Site) -> list[Place]:
        found: list[Place] = []
        try:
            for one in stations(self._parts, site):
                found.append((one.file, one.pointer))  # noqa: PERF401  # those before a broken link count
        except Unresolvable as error:
            self._parts.findings.add(error.rule, "error", error.message, site)
        return found


class ServerPlaces:
    """The servers of a document of version 3.x by the places where they may be referred to: theirs, and their ends."""

    def __init__(self, parts: Parts, root: Site, names: Iterable[str]) -> None:
        self._parts = parts
        self._places: dict[Place, str] = {}
        self._sites: dict[str, Site] = {}
        listed = root.child("servers")
        followed = parts.follow(listed, "servers") if listed is not None else None
        for name in names:
            own = followed.child(name) if followed is not None else None
            target = parts.follow(own, f"server {quote(name)}") if own is not None else None
            if own is not None and target is not None:
                self._places[own.file, own.pointer] = name
                self._sites[name] = target
        self._copies = Copies(self._sites.items())
        for name, target in self._sites.items():
            self._places.setdefault((target.file, target.pointer), name)

    def server(self, site: Site, what: str) -> str | None:
        """Give the server a reference means; None, with a finding, if it means none that can be used."""
        try:
            for one in stations(self._parts, site):
                if (one.file, one.pointer) in self._places:
                    return self._places[one.file, one.pointer]
        except Unresolvable as error:
            self._parts.findings.add(error.rule, "error", error.message, site)
        name = self._copies.original(site)
        if name is not None:
            note_copy(self._parts, "document.channel-server", f"a server of {what}", name, site)
            return name
        self._parts.findings.add("document.channel-server", "error", f"{what} names a server that is not usable", site)
        return None
