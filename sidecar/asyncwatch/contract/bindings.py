"""Bindings: what a document says about one protocol, as it stands there."""

from __future__ import annotations

from asyncwatch.contract.parts import Parts
from asyncwatch.contract.sites import Site


def binding_sites(parts: Parts, site: Site, what: str) -> dict[str, Site]:
    """Give each protocol's binding object, followed; broken ones are left out."""
    bindings = parts.mapping(site, "bindings", f"bindings of {what}")
    found: dict[str, Site] = {}
    if bindings is not None:
        for protocol, inner in bindings.members():
            whose = f"the {protocol[:40]} binding of {what}"
            followed = parts.follow(inner, whose)
            if followed is not None and followed.value is not None and parts.expect_mapping(followed, whose):
                found[protocol] = followed
    return found


def read_bindings(parts: Parts, site: Site, what: str) -> dict[str, object]:
    """Give each protocol's binding as plain values."""
    return {protocol: inner.value for protocol, inner in binding_sites(parts, site, what).items()}
