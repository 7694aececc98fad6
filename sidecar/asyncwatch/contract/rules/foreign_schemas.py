"""Schemas of Protobuf and Avro that their own languages refuse.

The official parser asks its Protobuf reader everywhere, its Avro reader for 2.x payloads; the grammar knows the shape of
Avro schemas already. In 3.x a broken Avro schema is what the tolerant reader warns of.
Source: AsyncAPI 3.1, "Schema formats table"; Protocol Buffers language; Avro 1.9 specification.
"""

from __future__ import annotations

from asyncwatch.contract.rules.schema_walk import SchemaPlace
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.schema_format import language_of
from asyncwatch.contract.sites import Site, read_pointer, write_pointer

_RULE = "document.schema"
_MOST_SCHEMAS = 2_000


def readable_foreign_schemas(survey: Survey) -> None:
    """Read each Protobuf and Avro schema, and take over what is said of its text."""
    places: dict[tuple[str, str], SchemaPlace] = {}
    for place in survey.schema_walk.roots:
        language = language_of(place.schema_format)
        family = language.family if language is not None else None
        if family == "protobuf" or (family == "avro" and survey.major == 2):
            if len(places) >= _MOST_SCHEMAS:
                survey.leave_out(f"Protobuf and Avro schemas beyond the first {_MOST_SCHEMAS:,}", place.site)
                break
            survey.judges.read(place.site, place.schema_format)
            shown = survey.documents.position(place.site).file
            places[shown, write_pointer(place.site.pointer)] = place
    for finding in survey.documents.findings.all() if places else ():
        if finding.rule != _RULE:
            continue
        parts = read_pointer(finding.pointer)
        for end in range(len(parts), -1, -1):
            found = places.get((finding.position.file, write_pointer(parts[:end])))
            if found is not None:
                said = finding.summary.partition(" is not checked: ")[2] or finding.summary
                survey.add(_RULE, "error", f"{found.what}: {said}", Site(found.site.file, parts, None))
                break
