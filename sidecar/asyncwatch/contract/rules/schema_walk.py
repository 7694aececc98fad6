"""Every schema of a document, and every schema inside it, once each.

Formats with words of their own (Avro, Protobuf, RAML, OpenAPI) are known by their roots only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asyncwatch.contract.keywords import LISTS, MAPS, SINGLE
from asyncwatch.contract.sites import Pointer, Site

if TYPE_CHECKING:
    from asyncwatch.contract.rules.survey import Survey

MOST_SCHEMAS: Final = 100_000
_MOST_WRAPPED: Final = 100
_JSON_SCHEMA: Final = re.compile(r"application/(?:vnd\.aai\.asyncapi|schema)(?:\+(?:json|yaml))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SchemaPlace:
    """A schema: the words for what it belongs to, its format, and whether the official parser tries its values."""

    what: str
    schema_format: str
    site: Site
    is_tried: bool
    is_root: bool


class SchemaWalk:
    """Finds the schemas; `is_complete` is False where there were too many."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._seen: set[tuple[str, Pointer]] = set()
        self.is_complete = True
        self.references: list[SchemaPlace] = []
        """Where a schema is referred to, unfollowed: filled while the walk runs."""
        self.roots = list(self._roots())
        """Schemas that stand alone, of any format."""

    def run(self) -> list[SchemaPlace]:
        """Give every schema with the words of JSON Schema, and every schema inside it, once each."""
        return [
            place
            for root in self.roots
            if _JSON_SCHEMA.fullmatch(root.schema_format.partition(";")[0].strip()) is not None
            for place in self._inside(root)
        ]

    def _roots(self) -> Iterator[SchemaPlace]:
        survey = self._survey
        is_old = survey.major == 2
        for message in [*survey.messages, *survey.message_traits]:
            given = message.site.child("schemaFormat")
            written = given.value if given is not None and isinstance(given.value, str) else None
            yield from self._root(message.site.child("payload"), f"payload of {message.what}", written, given is None)
            yield from self._root(message.site.child("headers"), f"headers of {message.what}", None, False)
        if is_old:
            channels = [*survey.channels, *survey.component_channels]
            parameters = [one for channel in channels for one in survey.listed(channel.site, "parameters", "parameter")]
            for parameter in [*parameters, *survey.listed(survey.components, "parameters", "parameter")]:
                yield from self._root(parameter.site.child("schema"), f"schema of {parameter.what}", None, True)
        listed = survey.inside(survey.components, "schemas")
        for name, site in listed.members() if listed is not None else ():
            yield from self._root(site, f"schema '{name[:80]}'", None, True)

    def _root(self, own: Site | None, what: str, written: str | None, is_tried: bool) -> Iterator[SchemaPlace]:
        site = self._survey.follow(own)
        for _ in range(_MOST_WRAPPED):
            wrapped = _format_of(site)
            if site is None or wrapped is None:
                break
            written, site = wrapped, self._survey.follow(site.child("schema"))
        if site is None:
            return
        schema_format = written or self._survey.judges.default_format
        yield SchemaPlace(what, schema_format, site, is_tried and self._survey.major == 2, True)

    def _inside(self, root: SchemaPlace) -> Iterator[SchemaPlace]:
        waiting = [root]
        while waiting:
            place = waiting.pop()
            if place.site.reference is not None and len(self.references) < MOST_SCHEMAS:
                self.references.append(place)
            site = self._survey.follow(place.site)
            if site is None or not isinstance(site.value, dict) or (site.file, site.pointer) in self._seen:
                continue
            if _format_of(site) is not None:
                continue  # of another format: met as a root of its own, or not judged by the words of this one
            if len(self._seen) >= MOST_SCHEMAS:
                self.is_complete = False
                return
            self._seen.add((site.file, site.pointer))
            yield SchemaPlace(root.what, root.schema_format, site, place.is_tried, place.is_root)
            inner = [SchemaPlace(root.what, root.schema_format, one, False, False) for one in _parts(site)]
            waiting.extend(reversed(inner))


def _format_of(site: Site | None) -> str | None:
    """Give the format that a Multi Format Schema Object names, None for a plain schema."""
    if site is None or not isinstance(site.value, dict) or "schema" not in site.value:
        return None
    given = site.value.get("schemaFormat")
    return given if isinstance(given, str) else None


def _parts(site: Site) -> Iterator[Site]:
    """Give the schemas directly inside a schema."""
    for keyword, part in site.members():
        if keyword in MAPS and isinstance(part.value, dict):
            yield from (inner for _, inner in part.members() if isinstance(inner.value, dict))
        elif keyword in LISTS and isinstance(part.value, list):
            yield from (inner for inner in part.items() if isinstance(inner.value, dict))
        elif keyword in SINGLE and isinstance(part.value, dict):
            yield part
