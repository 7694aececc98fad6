"""Regular expressions of schemas: they compile, and take linear time.

Source: JSON Schema draft-07, pattern and patternProperties (ECMA 262).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.schemas import compile_schema
from asyncwatch.contract.sites import Site, write_pointer
from asyncwatch.contract.validator import SchemaRefused

_MOST_PATTERNS: Final = 1_000
_MOST_REFUSED: Final = 100
_SLOW: Final = re.compile(r"\(\?(?:[=!]|<[=!])|\\[1-9]|\\k<")
"""Look-around and back-references, which need an engine that tries again and again."""


def readable_patterns(survey: Survey) -> None:
    """Compile each pattern once."""
    known: dict[str, bool] = {}
    refused = 0
    told = {(one.pointer, one.position) for one in survey.inspected.findings.all()}  # by the grammar
    for place in survey.schemas:
        for pattern, site in _patterns(place.site):
            if pattern not in known:
                if len(known) >= _MOST_PATTERNS or refused >= _MOST_REFUSED:
                    survey.leave_out(f"patterns beyond the first {len(known):,}", site)
                    return
                known[pattern] = _compiles(pattern)
                refused += not known[pattern]
            if not known[pattern]:
                if (write_pointer(site.pointer), survey.documents.position(site)) in told:
                    continue
                survey.add(
                    "document.pattern", "warning", f"{place.what}: {quote(pattern)} is no regular expression that can be read",
                    site,
                )  # fmt: skip
            elif _SLOW.search(pattern):
                survey.add(
                    "document.pattern", "info",
                    f"{place.what}: {quote(pattern)} looks around or back: it is judged by a slower engine, within limits",
                    site,
                )  # fmt: skip


def _patterns(schema: Site) -> Iterator[tuple[str, Site]]:
    pattern = schema.child("pattern")
    if pattern is not None and isinstance(pattern.value, str):
        yield pattern.value, pattern
    listed = schema.child("patternProperties")
    if listed is not None:
        yield from listed.members()


def _compiles(pattern: str) -> bool:
    try:
        compile_schema({"pattern": pattern})
    except SchemaRefused:
        return False
    return True
