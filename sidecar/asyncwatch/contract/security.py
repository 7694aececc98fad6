"""Security: the mechanisms by which a client may log in, of servers and operations; never a secret."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.entities import SecurityScheme
from asyncwatch.contract.findings import quote
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.sites import Site

_MOST_SCHEMES: Final = 1_000


def read_security(parts: Parts, root: Site, site: Site, what: str) -> tuple[SecurityScheme, ...]:
    """Read the mechanisms of a server or operation, of which any one suffices; broken ones are left out."""
    listed = site.child("security")
    if listed is None:
        return ()
    if not isinstance(listed.value, list):
        parts.findings.add("document.type", "warning", f"security of {what} must be a list", listed)
        return ()
    found: dict[tuple[str, tuple[str, ...]], SecurityScheme] = {}
    for item in list(listed.items())[:_MOST_SCHEMES]:
        for name, scheme, scopes in _schemes(parts, root, item, what):
            kind = parts.text(scheme, "type", f"security scheme {quote(name)}")
            if kind is not None:
                found.setdefault(
                    (name, scopes),
                    SecurityScheme(
                        id=name, type=kind, scopes=scopes, location=_text(scheme, "in"), name=_text(scheme, "name"),
                        scheme=_text(scheme, "scheme"),
                    ),
                )  # fmt: skip
    return tuple(found.values())


def _schemes(parts: Parts, root: Site, item: Site, what: str) -> list[tuple[str, Site, tuple[str, ...]]]:
    """Give the schemes that one requirement names, with scopes: by key in 2.x, by reference or in place in 3.x."""
    if parts.major > 2:
        reference = item.reference
        scheme = parts.follow(item, f"a security scheme of {what}")
        if scheme is None or not parts.expect_mapping(scheme, f"a security scheme of {what}"):
            return []
        name = reference.rpartition("/")[2] if reference else _text(scheme, "type")
        return [(name or "", scheme, parts.texts(scheme, "scopes", what) or ())]
    if not parts.expect_mapping(item, f"a security requirement of {what}"):
        return []
    components = parts.mapping(root, "components", "components")
    known = parts.mapping(components, "securitySchemes", "security schemes") if components is not None else None
    found: list[tuple[str, Site, tuple[str, ...]]] = []
    for name, _ in item.members():
        site = known.child(name) if known is not None else None
        if site is None:
            parts.findings.add(
                "document.security", "warning", f"{what}: security scheme {quote(name)} is not described", item
            )
            continue
        scheme = parts.follow(site, f"security scheme {quote(name)}")
        if scheme is not None and parts.expect_mapping(scheme, f"security scheme {quote(name)}"):
            found.append((name, scheme, parts.texts(item, name, what) or ()))
    return found


def _text(site: Site, key: str) -> str | None:
    value = site.value.get(key) if isinstance(site.value, dict) else None
    return value if isinstance(value, str) else None
