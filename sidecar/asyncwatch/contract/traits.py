"""Traits, merged by JSON Merge Patch with opposite precedence in the two families.

Rule 1: in 2.x a trait wins over the object it stands in, and a later trait over an earlier one.
Rule 2: in 3.x the object wins over its traits; a later trait still wins over an earlier one.
Rule 3: references inside both are followed as deep as both describe the same part, and kept below.
Source: AsyncAPI 2.6 and 3.1, "traits"; RFC 7386.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from asyncwatch.contract.references import Documents, Unresolvable, write_reference
from asyncwatch.contract.sites import Site

_MOST_LEVELS: Final = 100
_MOST_TRAITS: Final = 100
_MOST_PARTS: Final = 200_000
_KEPT: Final = frozenset({"payload", "traits", "message", "messages", "action", "channel"})
"""What a trait has no say about."""


def apply_traits(documents: Documents, site: Site, major: int) -> Site:
    """Give an object with its traits merged in; a trait that cannot be read is left out with a finding.

    Raises: Unresolvable if the merged parts are nested without end.
    """
    listed = site.child("traits")
    if listed is None or not isinstance(site.value, dict):
        return site
    if not isinstance(listed.value, list):
        documents.findings.add("document.type", "error", "traits must be a list", listed)
        return site
    patches = _traits(documents, listed)
    own = {key: value for key, value in site.value.items() if key != "traits"}
    merger = _Merger(documents, site)
    merged: dict[str, object]
    if major == 2:
        merged = own
        for patch in patches:
            merged = merger.merge(Site(site.file, site.pointer, merged), patch, 0)
    else:
        merged = {}
        for patch in [*patches, Site(site.file, site.pointer, own)]:
            merged = merger.merge(Site(site.file, site.pointer, merged), patch, 0)
    return Site(site.file, site.pointer, merged)


def _traits(documents: Documents, listed: Site) -> list[Site]:
    found: list[Site] = []
    for item in list(listed.items())[:_MOST_TRAITS]:
        try:
            trait = documents.follow(item)
        except Unresolvable as error:
            documents.findings.add(error.rule, "error", f"a trait is left out: {error.message}", item)
            continue
        if not isinstance(trait.value, dict):
            documents.findings.add("document.type", "error", "a trait must be an object", item)
            continue
        found.append(
            Site(trait.file, trait.pointer, {key: value for key, value in trait.value.items() if key not in _KEPT})
        )
    return found


class _Merger:
    """Merges values of several files into one that reads as if it stood at `home`."""

    def __init__(self, documents: Documents, home: Site) -> None:
        self._documents = documents
        self._home = home
        self._parts = 0

    def merge(self, target: Site, patch: Site, level: int) -> dict[str, object]:
        """Merge one mapping into another (RFC 7386); both stay as they are."""
        if level > _MOST_LEVELS:
            raise Unresolvable(f"traits are nested deeper than {_MOST_LEVELS} levels", "document.traits")
        merged = dict(target.value) if isinstance(target.value, dict) else {}
        for key, part in patch.members():
            self._count()
            before = target.child(key)
            if part.value is None:
                merged.pop(key, None)
            elif before is None or not isinstance(before.value, dict) or not isinstance(part.value, dict):
                merged[key] = self._moved(part, 0)
            else:
                merged[key] = self._merge_followed(self._documents.follow(before), self._documents.follow(part), level)
        return merged

    def _merge_followed(self, before: Site, part: Site, level: int) -> object:
        if isinstance(before.value, dict) and isinstance(part.value, dict):
            home = Site(self._home.file, before.pointer, self._moved(before, 0))
            return self.merge(home, part, level + 1)
        return self._moved(part, 0)

    def _moved(self, site: Site, level: int) -> object:
        """Give a value of another file with references that still mean the same at home."""
        if site.file == self._home.file:
            return site.value
        self._count()
        if level > 2 * _MOST_LEVELS:
            raise Unresolvable("traits are nested too deep", "document.traits")
        if isinstance(site.value, list):
            return [self._moved(item, level + 1) for item in site.items()]
        if not isinstance(site.value, dict):
            return site.value
        reference = site.reference
        if reference is not None and not urlsplit(reference).scheme:
            try:
                return {"$ref": write_reference(self._documents.resolve(site.file, reference))}
            except Unresolvable:
                return site.value
        return {key: self._moved(part, level + 1) for key, part in site.members()}

    def _count(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Unresolvable(f"traits with more than {_MOST_PARTS:,} parts", "document.traits")
