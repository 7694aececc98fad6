"""Servers: host, protocol, variables and the mechanisms a client may log in by; never a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from asyncwatch.contract.bindings import read_bindings
from asyncwatch.contract.entities import SecurityScheme, Server
from asyncwatch.contract.findings import quote
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.protocols import family_of, is_known, nearest
from asyncwatch.contract.sites import Site

_VARIABLE: Final = re.compile(r"\{([^{}]{1,200})\}")
_URL: Final = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*)://)?([^/?]*)(/.*)?", re.DOTALL)
_MOST_TEXT: Final = 4_000


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
    if protocol is None or where is None:
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
    host, path, missing_variables = _fill(parts, followed, where, what)
    return Server(
        id=name, title=parts.text(followed, "title", what), host=host, path=path, protocol=protocol, family=family,
        tls=tls or (where.scheme is not None and family_of(where.scheme)[1]),
        security=_read_security(parts, root, followed, what), bindings=read_bindings(parts, followed, what),
        missing_variables=missing_variables,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Address:
    scheme: str | None
    host: str
    path: str | None


def _read_address(parts: Parts, site: Site, what: str) -> _Address | None:
    """Give the server's address with its placeholders: `url` in 2.x, `host` and `pathname` in 3.x."""
    if parts.major == 2:
        url = parts.text(site, "url", what)
        found = _URL.fullmatch(url) if url is not None and len(url) <= _MOST_TEXT else None
        return None if found is None else _Address(found[1], found[2], found[3])
    host = parts.text(site, "host", what)
    if host is None or len(host) > _MOST_TEXT:
        return None
    scheme, slashes, rest = host.rpartition("://")
    return _Address(scheme if slashes else None, rest, parts.text(site, "pathname", what))


def _fill(parts: Parts, site: Site, where: _Address, what: str) -> tuple[str, str | None, tuple[str, ...]]:
    """Put default values into host and path; name the variables that have none."""
    values: dict[str, str] = {}
    missing: list[str] = []
    variables = parts.mapping(site, "variables", f"variables of {what}")
    for name in dict.fromkeys(_VARIABLE.findall(where.host + (where.path or ""))):
        variable = variables.child(name) if variables is not None else None
        followed = parts.follow(variable, f"variable {quote(name)} of {what}") if variable is not None else None
        default = parts.text(followed, "default", f"variable {quote(name)}") if followed is not None else None
        if default is not None:
            values[name] = default
            continue
        missing.append(name)
        reason = "is not described" if variable is None else "has no default"
        parts.findings.add(
            "document.server-variable", "error", f"{what}: variable {quote(name)} {reason}, its value must be given",
            followed or variable or site,
        )  # fmt: skip

    def value_of(found: re.Match[str]) -> str:
        return values.get(found[1], found[0])

    path = None if where.path is None else _VARIABLE.sub(value_of, where.path)
    return _VARIABLE.sub(value_of, where.host), path, tuple(missing)


def _read_security(parts: Parts, root: Site, site: Site, what: str) -> tuple[SecurityScheme, ...]:
    listed = site.child("security")
    if listed is None:
        return ()
    if not isinstance(listed.value, list):
        parts.findings.add("document.type", "warning", f"security of {what} must be a list", listed)
        return ()
    found: dict[str, SecurityScheme] = {}
    for item in listed.items():
        for name, scheme in _schemes(parts, root, item, what):
            kind = parts.text(scheme, "type", f"security scheme {quote(name)}")
            if kind is not None:
                found.setdefault(name, SecurityScheme(name, kind))
    return tuple(found.values())


def _schemes(parts: Parts, root: Site, item: Site, what: str) -> list[tuple[str, Site]]:
    """Give the schemes that one requirement names: by key in 2.x, by reference or in place in 3.x."""
    if parts.major > 2:
        reference = item.reference
        scheme = parts.follow(item, f"a security scheme of {what}")
        if scheme is None or not isinstance(scheme.value, dict):
            return []
        return [(reference.rpartition("/")[2] if reference else str(scheme.value.get("type")), scheme)]
    components = parts.mapping(root, "components", "components")
    known = parts.mapping(components, "securitySchemes", "security schemes") if components is not None else None
    found: list[tuple[str, Site]] = []
    for name, _ in item.members():
        site = known.child(name) if known is not None else None
        scheme = parts.follow(site, f"security scheme {quote(name)}") if site is not None else None
        if scheme is not None:
            found.append((name, scheme))
        elif site is None:
            parts.findings.add(
                "document.security", "warning", f"{what}: security scheme {quote(name)} is not described", item
            )
    return found
