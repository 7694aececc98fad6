"""Channels of AsyncAPI 3.x, and the servers they name by reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncwatch.contract.channels import Direction, Outline, make_channel
from asyncwatch.contract.entities import Channel, Operation, Server
from asyncwatch.contract.findings import quote
from asyncwatch.contract.messages import read_message, unreadable_messages
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.places import Places, ServerPlaces
from asyncwatch.contract.sites import Site
from asyncwatch.contract.v3_operations import Draft, read_operations


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
    drafts = read_operations(parts, root, Places(parts, listed, sites))
    used: dict[str, list[Draft]] = {}
    for draft in drafts.values():
        used.setdefault(draft.channel, []).append(draft)
    places = ServerPlaces(parts, root, servers)
    channels: dict[str, Channel] = {}
    for name, site in sites.items():
        channel = _read_channel(parts, name, site, servers, places, used.get(name, ()))
        if channel is not None:
            channels[name] = channel
    operations = {name: draft.finish(name, channels) for name, draft in drafts.items() if draft.channel in channels}
    return channels, operations


def _read_channel(
    parts: Parts,
    name: str,
    site: Site,
    servers: Mapping[str, Server],
    places: ServerPlaces,
    used: Sequence[Draft],
) -> Channel | None:
    what = f"channel {quote(name)}"
    messages = parts.mapping(site, "messages", f"messages of {what}")
    chosen = _servers(parts, site, what, places)
    if chosen is None:
        return None
    found = [read_message(parts, key, inner, key) for key, inner in messages.members()] if messages is not None else []
    listed = site.child("messages")
    if messages is None and listed is not None and listed.value is not None:
        found.append(unreadable_messages(parts, listed, "messages"))
    address = parts.text(site, "address", what)
    directions: frozenset[Direction] = frozenset(draft.action for draft in used)
    bindings = [draft.bindings for draft in used]
    return make_channel(parts, Outline(name, site, address, chosen, found, directions, bindings), servers)


def _servers(parts: Parts, site: Site, what: str, places: ServerPlaces) -> tuple[str, ...] | None:
    """Give the servers a channel names; () = all; None = it names some, and none of them is usable."""
    listed = site.child("servers")
    if listed is None or not isinstance(listed.value, list) or not listed.value:
        if listed is not None and not isinstance(listed.value, list):
            parts.findings.add("document.type", "warning", f"servers of {what} must be a list", listed)
        return ()
    chosen: list[str] = []
    for item in listed.items():
        name = places.server(item, what)
        if name is not None:
            chosen.append(name)
    return tuple(dict.fromkeys(chosen)) or None
