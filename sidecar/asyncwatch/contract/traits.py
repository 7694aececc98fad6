"""Traits, merged by JSON Merge Patch with opposite precedence in the two families.

Rule 1: in 2.x a trait wins over the object it stands in, and a later trait over an earlier one.
Rule 2: in 3.x the object wins over its traits; a later trait still wins over an earlier one.
Rule 3: references inside both are followed as deep as both describe the same part, and kept below.
Rule 4: every part keeps its place, so its references and its faults mean what they meant there.
Source: AsyncAPI 2.6 and 3.1, "traits"; RFC 7386.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.sites import MergedSite, Pointer, Site

_MOST_LEVELS: Final = 100
_MOST_TRAITS: Final = 100
_MOST_PARTS: Final = 20_000
"""Of one object."""
_MOST_IN_ALL: Final = 300_000
"""Of a whole document; one of 5,000 lines has some thousands."""
_KEPT: Final = frozenset({"payload", "traits", "message", "messages", "action", "channel"})
"""What a trait has no say about."""

Members = dict[str, Site]


def apply_traits(documents: Documents, site: Site, major: int) -> Site:
    """Give an object with its traits merged in; a trait that cannot be read is left out with a finding.

    Raises: Unresolvable if the merged parts are nested without end.
    """
    listed = site.child("traits")
    if listed is None or not isinstance(site.value, dict):
        return site
    place = (site.file, site.pointer)
    merged = documents.merged.get(place)
    if merged is None:
        merged = documents.merged[place] = _apply(documents, site, listed, major)
    return merged


def _apply(documents: Documents, site: Site, listed: Site, major: int) -> Site:
    if not isinstance(listed.value, list):
        documents.findings.add("document.type", "error", "traits must be a list", listed)
        return site
    own = {key: part for key, part in site.members() if key != "traits"}
    traits = [{key: part for key, part in trait.members() if key not in _KEPT} for trait in _traits(documents, listed)]
    merger = _Merger(documents, site)
    merged: Members = {}
    for patch in [own, *traits] if major == 2 else [*traits, own]:
        merged = merger.merge(merged, patch, site.pointer, 0)
    return merger.put_together(site.pointer, merged)


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
        found.append(trait)
    return found


class _Merger:
    """Merges parts of several files into what stands at `home`."""

    def __init__(self, documents: Documents, home: Site) -> None:
        self._documents = documents
        self._home = home
        self._parts = 0

    def merge(self, target: Mapping[str, Site], patch: Mapping[str, Site], pointer: Pointer, level: int) -> Members:
        """Merge members into others (RFC 7386); both stay as they are."""
        steps = len(target) + len(patch)
        self._parts += steps
        self._documents.merged_parts += steps
        if self._parts > _MOST_PARTS or self._documents.merged_parts > _MOST_IN_ALL:
            raise Unresolvable(f"traits with more than {_MOST_PARTS:,} parts", "document.traits")
        merged = dict(target)
        for key, part in patch.items():
            before = merged.get(key)
            if part.value is None and before is not None:
                del merged[key]
            elif part.value is not None:
                merged[key] = part if before is None else self._join(before, part, (*pointer, key), level)
        return merged

    def _join(self, before: Site, part: Site, pointer: Pointer, level: int) -> Site:
        """Merge two values of one member; one that cannot be followed stands for both, so that nothing looks whole."""
        if not isinstance(before.value, dict) or not isinstance(part.value, dict):
            return part
        if level > _MOST_LEVELS:
            raise Unresolvable(f"traits are nested deeper than {_MOST_LEVELS} levels", "document.traits")
        ends: list[Site] = []
        for one in (before, part):
            try:
                ends.append(self._documents.follow(one))
            except Unresolvable:
                return one
        if (ends[0].file, ends[0].pointer) == (ends[1].file, ends[1].pointer):
            return part
        if not isinstance(ends[0].value, dict) or not isinstance(ends[1].value, dict):
            return part
        return self.put_together(
            pointer, self.merge(dict(ends[0].members()), dict(ends[1].members()), pointer, level + 1)
        )

    def put_together(self, pointer: Pointer, members: Members) -> Site:
        """Make merged members one object."""
        value = {key: part.value for key, part in members.items()}
        return MergedSite(self._home.file, pointer, value, members)
