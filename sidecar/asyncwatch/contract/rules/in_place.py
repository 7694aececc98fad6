"""Schemas that judge the same value: what a schema is made of at one place of a message.

`all_of` are those that a value must fit together; a schema that comes back to itself without going deeper into the
value has no meaning that validators agree on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.sites import Pointer, Site

if TYPE_CHECKING:
    from asyncwatch.contract.rules.survey import Survey

_LISTS: Final = ("allOf", "anyOf", "oneOf")
_SINGLE: Final = ("not", "if", "then", "else")
_MOST_PARTS: Final = 100

Place = tuple[str, Pointer]


def all_of(survey: Survey, start: Site) -> list[Site]:
    """Give a schema and those of its `allOf`, references followed, each once."""
    found: dict[Place, Site] = {}
    waiting = [start]
    while waiting and len(found) < _MOST_PARTS and survey.take_step():
        site = survey.follow(waiting.pop())
        if site is None or not isinstance(site.value, dict) or (site.file, site.pointer) in found:
            continue
        found[site.file, site.pointer] = site
        parts = site.child("allOf")
        if parts is not None:
            waiting.extend(reversed(list(parts.items())))
    return list(found.values())


def alternatives(survey: Survey, site: Site) -> list[list[Site]]:
    """Give the branches of each `oneOf` and `anyOf` of a schema, references followed."""
    found: list[list[Site]] = []
    for keyword in ("oneOf", "anyOf"):
        listed = site.child(keyword)
        if listed is not None:
            branches = [one for item in listed.items() if (one := survey.follow(item)) is not None]
            if branches:
                found.append(branches)
    return found


def endless_schemas(survey: Survey) -> None:
    """Name each schema that comes back to itself for the same value."""
    for site in survey.endless.starts:
        named = [part for part in site.pointer if isinstance(part, str)]
        last = quote(named[-1]) if named else "it"
        survey.add(
            "document.schema-loop", "warning",
            f"schema {last} leads back to itself for the same value, so validators differ in what fits", site,
        )  # fmt: skip


class Endless:
    """The schemas that come back to themselves (`starts`, one a circle), and all that lead to such a one (`places`)."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._leads: dict[Place, list[Place]] = {}
        self._sites = {(place.site.file, place.site.pointer): place.site for place in survey.schemas}
        for key, site in self._sites.items():
            self._leads[key] = [end for end in self._ends(site) if end in self._sites]
        starts = self._find()
        self.starts = [self._sites[key] for key in starts]
        self.places = self._reaching(starts)

    def _ends(self, site: Site) -> Iterator[Place]:
        for keyword in _LISTS:
            listed = site.child(keyword)
            for item in listed.items() if listed is not None else ():
                yield from self._end(item)
        for keyword in _SINGLE:
            inner = site.child(keyword)
            if inner is not None:
                yield from self._end(inner)

    def _end(self, site: Site) -> Iterator[Place]:
        end = self._survey.follow(site)
        if end is not None:
            yield end.file, end.pointer

    def _find(self) -> list[Place]:
        """Walk depth-first; where the way leads back to a schema that is still open, a circle closes."""
        done: set[Place] = set()
        starts: dict[Place, None] = {}
        for root in self._sites:
            if root in done:
                continue
            is_open = {root}
            way = [(root, iter(self._leads[root]))]
            while way:
                here, rest = way[-1]
                following = next(rest, None)
                if following is None:
                    way.pop()
                    is_open.discard(here)
                    done.add(here)
                elif following in is_open:
                    starts[following] = None
                elif following not in done:
                    is_open.add(following)
                    way.append((following, iter(self._leads[following])))
        return list(starts)

    def _reaching(self, starts: list[Place]) -> set[Place]:
        users: dict[Place, list[Place]] = {}
        for key, ends in self._leads.items():
            for end in ends:
                users.setdefault(end, []).append(key)
        found = set(starts)
        waiting = list(starts)
        while waiting:
            for user in users.get(waiting.pop(), ()):
                if user not in found:
                    found.add(user)
                    waiting.append(user)
        return found
