"""Channels and operations of AsyncAPI 3.x, which name each other by reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from asyncwatch.contract.bindings import read_bindings
from asyncwatch.contract.channels import Direction, Outline, make_channel
from asyncwatch.contract.entities import Channel, Operation, Server
from asyncwatch.contract.findings import quote
from asyncwatch.contract.messages import read_message
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.sites import Pointer, Site
from asyncwatch.contract.traits import apply_traits

Place = tuple[str, Pointer]


def read_channels(
    parts: Parts, root: Site, servers: Mapping[str, Server]
) -> tuple[dict[str, Channel], dict[str, Operation]]:
    """Read all channels and operations; broken ones are left out."""
    listed = parts.mapping(root, "channels", "channels")
    sites: dict[str, Site] = {}
    for name, site in listed.members() if listed is not None else ():
        followed = parts.follow(site, f"channel {quote(name)}")
        if followed is not None and parts.expect_mapping(followed, f"channel {quote(name)}"):
            sites[name] = followed
    map_of_places = _Places(parts, listed, sites)
    drafts = _read_operations(parts, root, map_of_places)
    directions: dict[str, set[Direction]] = {}
    for draft in drafts.values():
        directions.setdefault(draft.channel, set()).add(draft.action)
    server_places = _server_places(parts, root, servers)
    channels: dict[str, Channel] = {}
    for name, site in sites.items():
        channel = _read_channel(parts, name, site, servers, server_places, frozenset(directions.get(name, ())))
        if channel is not None:
            channels[name] = channel
    operations = {
        name: draft.finish(name, channels[draft.channel]) for name, draft in drafts.items() if draft.channel in channels
    }
    return channels, operations


def _read_channel(
    parts: Parts,
    name: str,
    site: Site,
    servers: Mapping[str, Server],
    server_places: Mapping[Place, str],
    directions: frozenset[Direction],
) -> Channel | None:
    what = f"channel {quote(name)}"
    messages = parts.mapping(site, "messages", f"messages of {what}")
    chosen = _servers(parts, site, what, servers, server_places)
    if chosen is None:
        return None
    found = [read_message(parts, key, inner, key) for key, inner in messages.members()] if messages is not None else []
    address = parts.text(site, "address", what)
    return make_channel(parts, Outline(name, site, address, chosen, found, directions), servers)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An operation before its channel is known to be usable; `messages` None = all of the channel's."""

    action: Literal["send", "receive"]
    channel: str
    messages: tuple[str, ...] | None
    reply_channel: str | None
    has_reply: bool
    bindings: Mapping[str, object]

    def finish(self, name: str, channel: Channel) -> Operation:
        keys = [message.key for message in channel.messages]
        chosen = keys if self.messages is None else [key for key in self.messages if key in keys]
        return Operation(
            name, self.action, self.channel, tuple(chosen), self.reply_channel, self.has_reply, self.bindings
        )


class _Places:
    """Which channel and message a reference means: by the place it names, else by the place it ends at."""

    def __init__(self, parts: Parts, listed: Site | None, sites: Mapping[str, Site]) -> None:
        self._parts = parts
        self._channels: dict[Place, str] = {}
        self._messages: dict[tuple[str, Place], str] = {}
        for name, site in sites.items():
            own = listed.child(name) if listed is not None else None
            for one in (site, own):
                if one is not None:
                    self._channels.setdefault((one.file, one.pointer), name)
            messages = site.child("messages")
            for key, message in messages.members() if messages is not None else ():
                self._note_message(name, key, message, own)

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
        for place in self._stations(site):
            key = self._messages.get((channel, place))
            if key is not None:
                return key
        self._parts.findings.add(
            "document.operation-message", "warning", f"{what} names a message that its channel does not have", site
        )
        return None

    def _stations(self, site: Site) -> list[Place]:
        """Give every place that a chain of references passes."""
        places: list[Place] = []
        try:
            while site.reference is not None and len(places) < 100:
                site = self._parts.documents.resolve(site.file, site.reference)
                places.append((site.file, site.pointer))
        except Unresolvable as error:
            self._parts.findings.add(error.rule, "error", error.message, site)
        return places


def _read_operations(parts: Parts, root: Site, places: _Places) -> dict[str, _Draft]:
    listed = parts.mapping(root, "operations", "operations")
    drafts: dict[str, _Draft] = {}
    for name, site in listed.members() if listed is not None else ():
        draft = _read_operation(parts, name, site, places)
        if draft is not None:
            drafts[name] = draft
    return drafts


def _read_operation(parts: Parts, name: str, site: Site, places: _Places) -> _Draft | None:
    what = f"operation {quote(name)}"
    followed = parts.follow(site, what)
    if followed is None or not parts.expect_mapping(followed, what):
        return None
    try:
        followed = apply_traits(parts.documents, followed, 3)
    except Unresolvable as error:
        parts.findings.add(error.rule, "error", f"traits of {what} are left out: {error.message}", followed)
    action = parts.text(followed, "action", what)
    if action not in {"send", "receive"}:
        parts.findings.add(
            "document.operation", "error", f"{what} is left out: its action is neither send nor receive", site
        )
        return None
    channel_site = followed.child("channel")
    if channel_site is None:
        parts.findings.add("document.operation-channel", "error", f"{what} is left out: it has no channel", site)
        return None
    channel = places.channel(channel_site, what)
    if channel is None:
        return None
    reply = parts.mapping(followed, "reply", f"reply of {what}")
    reply_site = reply.child("channel") if reply is not None else None
    reply_channel = places.channel(reply_site, f"reply of {what}") if reply_site is not None else None
    return _Draft(
        action="send" if action == "send" else "receive", channel=channel,
        messages=_messages(parts, followed, channel, places, what), reply_channel=reply_channel,
        has_reply=reply is not None, bindings=read_bindings(parts, followed, what),
    )  # fmt: skip


def _messages(parts: Parts, site: Site, channel: str, places: _Places, what: str) -> tuple[str, ...] | None:
    listed = site.child("messages")
    if listed is None:
        return None
    if not isinstance(listed.value, list):
        parts.findings.add("document.type", "warning", f"messages of {what} must be a list", listed)
        return None
    found = [places.message(channel, item, what) for item in listed.items()]
    return tuple(dict.fromkeys(key for key in found if key is not None))


def _server_places(parts: Parts, root: Site, servers: Mapping[str, Server]) -> dict[Place, str]:
    """Give the places by which a server may be referred to: its own, and where its own reference ends."""
    found: dict[Place, str] = {}
    listed = root.child("servers")
    for name in servers:
        own = listed.child(name) if listed is not None else None
        if own is not None:
            found.setdefault((own.file, own.pointer), name)
            target = parts.follow(own, f"server {quote(name)}")
            if target is not None:
                found.setdefault((target.file, target.pointer), name)
    return found


def _servers(
    parts: Parts, site: Site, what: str, servers: Mapping[str, Server], places: Mapping[Place, str]
) -> tuple[str, ...] | None:
    """Give the servers a channel names; () = all; None = it names some, and none of them is usable."""
    listed = site.child("servers")
    if listed is None or not isinstance(listed.value, list) or not listed.value:
        if listed is not None and not isinstance(listed.value, list):
            parts.findings.add("document.type", "warning", f"servers of {what} must be a list", listed)
        return ()
    chosen: list[str] = []
    for item in listed.items():
        name = _server_of(parts, item, places)
        if name is not None and name in servers:
            chosen.append(name)
        else:
            parts.findings.add("document.channel-server", "error", f"{what} names a server that is not usable", item)
    return tuple(dict.fromkeys(chosen)) or None


def _server_of(parts: Parts, item: Site, places: Mapping[Place, str]) -> str | None:
    try:
        for _ in range(100):
            if item.reference is None:
                return None
            item = parts.documents.resolve(item.file, item.reference)
            if (item.file, item.pointer) in places:
                return places[item.file, item.pointer]
    except Unresolvable as error:
        parts.findings.add(error.rule, "error", error.message, item)
    return None
