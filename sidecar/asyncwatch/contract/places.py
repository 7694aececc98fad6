"""Which server, channel or message of a document a reference means: by what it names, else by what it leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


class Places:
    """The channels and messages of a document of version 3.x by the places where they may be referred to."""

    def __init__(self, parts: Parts, listed: Site | None, sites: Mapping[str, Site]) -> None:
        self._parts = parts
        self._channels: dict[Place, str] = {}
        self._messages: dict[tuple[str, Place], str] = {}
        owns = {name: listed.child(name) if listed is not None else None for name in sites}
        for name, own in owns.items():
            if own is not None:
                self._channels.setdefault((own.file, own.pointer), name)
        for name, site in sites.items():
            self._channels.setdefault((site.file, site.pointer), name)
            messages = site.child("messages")
            for key, message in messages.members() if messages is not None else ():
                self._note_message(name, key, message, owns[name])

    def _note_message(self, channel: str, key: str, message: Site, own: Site | None) -> None:
        self._messages.setdefault((channel, (message.file, message.pointer)), key)
        if own is not None:
            self._messages.setdefault((channel, (own.file, (*own.pointer, "messages", key))), key)
        try:
            target = self._parts.documents.follow(message)
        except Unresolvable:
            return  # reading the message says so
        self._messages.setdefault((channel, (target.file, target.pointer)), key)

    def channel(self, site: Site, what: str) -> str | None:
        """Give the channel a reference means; None, with a finding, if it means none."""
        for place in self._stations(site):
            if place in self._channels:
                return self._channels[place]
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
        self._parts.findings.add(
            "document.operation-message", "warning", f"{what} names a message that its channel does not have", site
        )
        return None

    def _stations(self, site: Site) -> list[Place]:
        found: list[Place] = []
        try:
            for one in stations(self._parts, site):
                found.append((one.file, one.pointer))  # noqa: PERF401  # those before a broken link count
        except Unresolvable as error:
            self._parts.findings.add(error.rule, "error", error.message, site)
        return found


def server_places(parts: Parts, root: Site, names: Mapping[str, object]) -> dict[Place, str]:
    """Give the places by which a server may be referred to: its own, and where its own reference ends."""
    found: dict[Place, str] = {}
    listed = root.child("servers")
    for name in names:
        own = listed.child(name) if listed is not None else None
        if own is not None:
            found.setdefault((own.file, own.pointer), name)
    for name in names:
        own = listed.child(name) if listed is not None else None
        target = parts.follow(own, f"server {quote(name)}") if own is not None else None
        if target is not None:
            found.setdefault((target.file, target.pointer), name)
    return found
