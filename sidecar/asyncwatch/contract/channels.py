"""Channels: the address, its placeholders and its servers, the same for both families of versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from asyncwatch.contract.address import PLACEHOLDER, Unmatchable, address_pattern, channel_address, is_legal_topic
from asyncwatch.contract.bindings import read_bindings
from asyncwatch.contract.entities import Channel, Family, Message, Parameter, Server
from asyncwatch.contract.extension import read_extension, read_extensions
from asyncwatch.contract.findings import quote
from asyncwatch.contract.messages import with_distinct_keys
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.sites import Site

Direction = Literal["send", "receive"]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the version at hand says about a channel; `own_address` is the key in 2.x, the field in 3.x."""

    id: str
    site: Site
    own_address: str | None
    servers: tuple[str, ...]
    messages: Sequence[Message]
    directions: frozenset[Direction]


def make_channel(parts: Parts, outline: Outline, servers: Mapping[str, Server]) -> Channel | None:
    """Put a channel together; None, with a finding, if its address cannot be used."""
    site, what = outline.site, f"channel {quote(outline.id)}"
    used = [servers[name] for name in outline.servers] or list(servers.values())
    families: list[Family] = list(dict.fromkeys(server.family for server in used))
    bindings = read_bindings(parts, site, what)
    address = channel_address(families, bindings, outline.own_address)
    family: Family = _family(families, bindings)
    pattern = None
    if address is not None:
        try:
            pattern = address_pattern(address, family)
        except Unmatchable as error:
            parts.findings.add("document.address", "error", f"{what} is left out: {error}", site)
            return None
        if family == "kafka" and not is_legal_topic(address):
            parts.findings.add(
                "document.address", "warning", f"{what}: {quote(address)} is no legal name of a Kafka topic", site
            )
    extension = read_extension(parts, site, what)
    return Channel(
        id=outline.id, address=address, pattern=pattern, parameters=_parameters(parts, site, address, what),
        servers=outline.servers, messages=with_distinct_keys(outline.messages), directions=outline.directions,
        ordering=extension.ordering, bindings=bindings, position=parts.position(site),
        ignored_rules=extension.ignored_rules, quiet=extension.quiet, extensions=read_extensions(site),
    )  # fmt: skip


def _family(families: Sequence[Family], bindings: Mapping[str, object]) -> Family:
    """Give the family whose rules for addresses hold: the servers', else the one that a binding shows."""
    if families:
        return "kafka" if "kafka" in families else families[0]
    known: tuple[Family, ...] = ("kafka", "amqp", "mqtt", "nats", "redis", "ws")
    return next((family for family in known if family in bindings), "other")


def _parameters(parts: Parts, site: Site, address: str | None, what: str) -> tuple[Parameter, ...]:
    """Read the placeholders of an address, in their order."""
    described = parts.mapping(site, "parameters", f"parameters of {what}")
    names = list(dict.fromkeys(PLACEHOLDER.findall(address or "")))
    found: list[Parameter] = []
    for name in names:
        parameter = described.child(name) if described is not None else None
        if parameter is None:
            parts.findings.add(
                "document.parameter", "warning", f"{what}: parameter {quote(name)} is not described", site
            )
            found.append(Parameter(name, None, None))
            continue
        followed = parts.follow(parameter, f"parameter {quote(name)} of {what}")
        if followed is None or not parts.expect_mapping(followed, f"parameter {quote(name)} of {what}"):
            found.append(Parameter(name, None, None))
            continue
        location = parts.text(followed, "location", f"parameter {quote(name)}")
        found.append(Parameter(name, _values(parts, followed, name), location))
    if described is not None and address is not None:
        for name, parameter in described.members():
            if name not in names:
                parts.findings.add(
                    "document.parameter", "warning", f"{what}: its address has no {quote('{' + name + '}')}", parameter
                )
    return tuple(found)


def _values(parts: Parts, site: Site, name: str) -> tuple[str, ...] | None:
    """Give the values a placeholder may have: `enum` in 3.x, the schema's `enum` or `const` in 2.x; None = anything."""
    holder: Site | None = site
    if parts.major == 2:
        holder = parts.mapping(site, "schema", f"schema of parameter {quote(name)}")
    if holder is None or not isinstance(holder.value, dict):
        return None
    if "const" in holder.value and parts.major == 2:
        return (str(holder.value["const"]),)
    values = holder.value.get("enum")
    return tuple(map(str, values)) if isinstance(values, list) and values else None
