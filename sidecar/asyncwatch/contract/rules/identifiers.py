"""Identifiers of operations and messages in 2.x: each is met once.

A trait's identifier wins over the object's own, and a later trait's over an earlier one's.
Source: AsyncAPI 2.6, operationId and messageId. In 3.x both are keys of a map.
"""

from __future__ import annotations

from collections.abc import Iterable

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.survey import Named, Survey
from asyncwatch.contract.sites import Pointer, Site


def unique_identifiers(survey: Survey) -> None:
    """Name each operation and message whose identifier was met before."""
    if survey.major == 2:
        _look(survey, "document.operation-id", "operationId", survey.operations)
        messages = [message for operation in survey.operations for message in survey.messages_of(operation)]
        _look(survey, "document.message-id", "messageId", messages)


def _look(survey: Survey, rule: str, field: str, objects: Iterable[Named]) -> None:
    seen: dict[str, tuple[str, Pointer]] = {}
    for one in objects:
        site = _identifier(survey, one.site, field)
        if site is None or not isinstance(site.value, str):
            continue
        place = (site.file, site.pointer)
        first = seen.setdefault(site.value, place)
        if first is place:
            continue
        if first == place:
            # One object met on two ways: the official parser looks at what references stand for.
            why = "is met twice, since what holds it is referred to twice"
        else:
            line = survey.documents.position(Site(*first, None)).line
            why = f"is not unique, it stands in line {line} too"
        survey.add(rule, "error", f"{field} {quote(site.value)} {why}", site)


def _identifier(survey: Survey, site: Site, field: str) -> Site | None:
    for trait in reversed(survey.traits_of(site)):
        found = trait.child(field)
        if found is not None and isinstance(found.value, str):
            return found
    return site.child(field)
