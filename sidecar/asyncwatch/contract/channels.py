"""Channels: the address, its placeholders and its servers, the same for both families of versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from asyncwatch.contract.addresses.channel_address import ChannelAddress
from asyncwatch.contract.addresses.families import RULES
from asyncwatch.contract.addresses.find import Said, find_address
from asyncwatch.contract.addresses.placeholders import Unmatchable, names_of
from asyncwatch.contract.bindings import read_bindings
from asyncwatch.contract.entities import Channel, Family, Message, Server
from asyncwatch.contract.extension import read_extension, read_extensions
from asyncwatch.contract.findings import quote
from asyncwatch.contract.messages import with_distinct_keys
from asyncwatch.contract.parameters import note_superfluous, read_parameters
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.sites import Site

Direction = Literal["send", "receive"]
_KNOWN: Final[tuple[Family, ...]] = ("kafka", "amqp", "mqtt", "nats", "redis", "ws")


@dataclass(frozen=True, slots=True)
class Outline:
    """What the version at hand says about a channel; `own_address` is the key in 2.x, the field in 3.x.

    `operation_bindings` are those of all its operations.
    """

    id: str
    site: Site
    own_address: str | None
    servers: tuple[str, ...]
    messages: Sequence[Message]
    directions: frozenset[Direction]
    operation_bindings: Sequence[Mapping[str, object]] = ()


def make_channel(parts: Parts, outline: Outline, servers: Mapping[str, Server]) -> Channel | None:
    """Put a channel together; None, with a finding, if its address cannot be used."""
    site, what = outline.site, f"channel {quote(outline.id)}"
    used = [servers[name] for name in outline.servers] or list(servers.values())
    bindings = read_bindings(parts, site, what)
    families = _families(used, bindings)
    said = Said(bindings, outline.operation_bindings, outline.own_address, is_key=parts.major == 2)
    addresses = _find_addresses(parts, site, said, families, what)
    if not addresses:
        return None
    if not used:
        addresses |= _elsewhere(said, addresses)
    own = next(iter(addresses.values()))
    if own.address is None:
        parts.findings.add(
            "document.address-unknown", "info", f"{what} has no address: it is known at run time only, so it is not read",
            site,
        )  # fmt: skip
    names = list(dict.fromkeys(name for one in addresses.values() for name in names_of(one.address or "")))
    extension = read_extension(parts, site, what)
    channel = Channel(
        id=outline.id, address=own.address, pattern=own.pattern, parameters=read_parameters(parts, site, names, what),
        servers=outline.servers, messages=with_distinct_keys(outline.messages), directions=outline.directions,
        ordering=extension.ordering, bindings=bindings, position=parts.position(site),
        ignored_rules=extension.ignored_rules, quiet=extension.quiet, extensions=read_extensions(site),
        addresses=addresses,
    )  # fmt: skip
    if own.address is not None:
        note_superfluous(parts, site, [*names, *names_of(outline.own_address or "")], what)
    return channel


def _find_addresses(
    parts: Parts, site: Site, said: Said, families: Sequence[Family], what: str
) -> dict[Family, ChannelAddress]:
    """Find the channel's address on servers of each family; where it cannot be used, a finding says why."""
    found: dict[Family, ChannelAddress] = {}
    for family in families:
        try:
            found[family] = place = find_address(family, said)
        except Unmatchable as error:
            left = f"{what} is left out" if len(families) == 1 else f"{what} is left out on servers of {family}"
            parts.findings.add("document.address", "error", f"{left}: {error}", site)
            continue
        fault = None if place.address is None else RULES[family].fault(place.address)
        if fault is not None:
            parts.findings.add("document.address", "warning", f"{what}: {quote(place.address or '')} is {fault}", site)
    return found


def _elsewhere(said: Said, known: Mapping[Family, ChannelAddress]) -> dict[Family, ChannelAddress]:
    """Find the address on servers that the document does not name: whoever runs it may name any."""
    found: dict[Family, ChannelAddress] = {}
    for family in _KNOWN:
        if family not in known:
            with suppress(Unmatchable):
                found[family] = find_address(family, said)
    return found


def _families(servers: Sequence[Server], bindings: Mapping[str, object]) -> list[Family]:
    """Give the families that the document speaks of: the servers', else those with bindings."""
    found = list(dict.fromkeys(server.family for server in servers))
    if not found:
        found = [family for family in _KNOWN if family in bindings] or ["other"]
    return sorted(found, key=lambda family: family != "kafka")
