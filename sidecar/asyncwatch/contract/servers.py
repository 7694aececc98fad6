"""Servers: host, protocol, variables and the mechanisms a client may log in by; never a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from asyncwatch.contract.bindings import read_bindings
from asyncwatch.contract.entities import Server, ServerVariable
from asyncwatch.contract.extension import read_extensions
from asyncwatch.contract.findings import quote
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.protocols import family_of, is_known, nearest
from asyncwatch.contract.security import read_security
from asyncwatch.contract.sites import Site

_VARIABLE: Final = re.compile(r"\{([^{}]{1,200})\}")
_URL: Final = re.compile(r"(?:(?:([A-Za-z][A-Za-z0-9+.-]*):)?//)?([^/?#]*)(/.*)?(?:[?#].*)?", re.DOTALL)
_MOST_TEXT: Final = 4_000
_MOST_VARIABLES: Final = 1_000


def read_servers(parts: Parts, root: Site) -> dict[str, Server]:
    """Read all servers of a document; a broken one is left out."""
    found: dict[str, Server] = {}
    servers = parts.mapping(root, "servers", "servers")
    if servers is not None:
        for name, site in servers.members():
            server = _read_server(parts, root, name, site)
            if server is not None:
                found[name] = server
    return found


def _read_server(parts: Parts, root: Site, name: str, site: Site) -> Server | None:
    what = f"server {quote(name)}"
    followed = parts.follow(site, what)
    if followed is None or not parts.expect_mapping(followed, what):
        return None
    protocol = parts.text(followed, "protocol", what)
    where = _read_address(parts, followed, what)
    if protocol is None or where is None or not where.host:
        missing = "protocol" if protocol is None else "url" if parts.major == 2 else "host"
        parts.findings.add("document.server", "error", f"{what} is left out: it has no {missing}", site)
        return None
    family, tls = family_of(protocol)
    if not is_known(protocol):
        near = nearest(protocol)
        hint = f", did you mean {quote(near)}?" if near else ""
        parts.findings.add(
            "document.protocol",
            "info",
            f"{what}: unknown protocol {quote(protocol)}{hint}",
            followed.child("protocol") or site,
        )
    variables = _read_variables(parts, followed, what)
    unfilled = _missing(parts, followed, where, variables, what)
    values = {one.name: one.default for one in variables if one.default is not None}
    return Server(
        id=name, title=parts.text(followed, "title", what), host=_filled(where.host, values),
        path=_filled(where.path, values) if where.path is not None else None, protocol=protocol, family=family,
        tls=tls or (where.scheme is not None and family_of(where.scheme)[1]),
        security=read_security(parts, root, followed, what), bindings=read_bindings(parts, followed, what),
        missing_variables=unfilled, variables=variables, url=where.url, host_template=where.host,
        path_template=where.path, protocol_version=parts.written(followed, "protocolVersion", what),
        extensions=read_extensions(followed),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Address:
    scheme: str | None
    host: str
    path: str | None
    url: str | None


def _read_address(parts: Parts, site: Site, what: str) -> _Address | None:
    """Give the server's address with its placeholders: `url` in 2.x, `host` and `pathname` in 3.x.

    The other family's field is taken where the own one is missing, as half-migrated documents have it.
    """
    own, other = ("url", "host") if parts.major == 2 else ("host", "url")
    key = own if site.child(own) is not None else other
    text = parts.text(site, key, what)
    found = _URL.fullmatch(text) if text is not None and len(text) <= _MOST_TEXT else None
    if found is None:
        return None
    if key != own:
        parts.findings.add(
            "document.server", "warning", f"{what} has {key}, in {parts.major}.x it is {own}", site.child(key) or site
        )
    if key == "url":
        return _Address(found[1], found[2], found[3], text)
    path = parts.text(site, "pathname", what)
    return _Address(found[1], found[2], found[3] if path is None else path, None)


def _read_variables(parts: Parts, site: Site, what: str) -> tuple[ServerVariable, ...]:
    """Read the described variables; one that is broken may be anything."""
    variables = parts.mapping(site, "variables", f"variables of {what}")
    found: list[ServerVariable] = []
    for name, variable in list(variables.members())[:_MOST_VARIABLES] if variables is not None else ():
        whose = f"variable {quote(name)} of {what}"
        followed = parts.follow(variable, whose)
        if followed is None or not parts.expect_mapping(followed, whose):
            found.append(ServerVariable(name, None, None))
            continue
        found.append(
            ServerVariable(name, parts.written(followed, "default", whose), parts.texts(followed, "enum", whose))
        )
    return tuple(found)


def _missing(
    parts: Parts, site: Site, where: _Address, variables: tuple[ServerVariable, ...], what: str
) -> tuple[str, ...]:
    """Name the variables of the address that have no value, each with a finding."""
    known = {one.name: one for one in variables}
    missing: list[str] = []
    for name in dict.fromkeys(_VARIABLE.findall(where.host + (where.path or ""))):
        if name in known and known[name].default is not None:
            continue
        missing.append(name)
        reason = "has no default" if name in known else "is not described"
        listed = parts.mapping(site, "variables", f"variables of {what}")
        variable = listed.child(name) if listed is not None else None
        parts.findings.add(
            "document.server-variable", "error", f"{what}: variable {quote(name)} {reason}, its value must be given",
            variable or site,
        )  # fmt: skip
    return tuple(missing)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Put values into a template; a variable without one stays."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), template)
