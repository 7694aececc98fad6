"""Examples of messages: as a list of objects, and the ways in which real documents write them besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asyncwatch.contract.entities import Example
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.sites import Site

_MOST_EXAMPLES: Final = 1_000
_FIELDS: Final = frozenset({"payload", "headers", "name", "summary"})


def read_examples(parts: Parts, message: Site, what: str) -> tuple[Example, ...]:
    """Read the examples of a message; one that is no object is left out."""
    listed = message.child("examples")
    if listed is None or listed.value is None:
        return ()
    if not isinstance(listed.value, list):
        parts.findings.add("document.type", "warning", f"examples of {what} must be a list", listed)
    found: list[Example] = []
    for name, site in _examples(parts, listed):
        if len(found) >= _MOST_EXAMPLES:
            break
        if not isinstance(site.value, dict):
            parts.findings.add("document.type", "warning", f"an example of {what} must be an object", site)
            continue
        payload, headers = site.child("payload"), site.child("headers")
        own = site.value.get("name")
        found.append(
            Example(
                name=own if isinstance(own, str) else name,
                payload=_value(parts, payload), has_payload=payload is not None,
                headers=_value(parts, headers), has_headers=headers is not None, position=parts.position(site),
            )
        )  # fmt: skip
    return tuple(found)


def _examples(parts: Parts, listed: Site) -> Iterator[tuple[str | None, Site]]:
    """Give the examples of a list or of a map of names, and of a list's maps of names (as Microcks has them)."""
    for item in listed.items():
        example = _followed(parts, item)
        members = list(example.members())[:_MOST_EXAMPLES]
        if (
            members
            and not _FIELDS & {name for name, _ in members}
            and all(_is_example(one.value) for _, one in members)
        ):
            yield from members
        else:
            yield None, example
    for name, item in listed.members():
        yield name, _followed(parts, item)


def _is_example(value: object) -> bool:
    return isinstance(value, dict) and bool({"payload", "headers"} & value.keys())


def _followed(parts: Parts, site: Site) -> Site:
    """Examples may not be references, but some tools write them so; one that leads nowhere stays what it is."""
    try:
        return parts.documents.follow(site)
    except Unresolvable:
        return site


def _value(parts: Parts, site: Site | None) -> object:
    return _followed(parts, site).value if site is not None else None
