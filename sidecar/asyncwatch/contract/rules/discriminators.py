"""Discriminators: the property they name is described, required and a text.

A schema that leaves this to the branches of `oneOf` or `anyOf` is taken as well, as documents write it.
Source: AsyncAPI 2.6 and 3.1, "Schema Object", discriminator.
"""

from __future__ import annotations

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.in_place import all_of, alternatives
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.sites import Site


def usable_discriminators(survey: Survey) -> None:
    """Look at the property that each discriminator names."""
    for place in survey.schemas:
        named = place.site.child("discriminator")
        if named is None or not isinstance(named.value, str):
            continue
        faults: list[str] = []
        properties = _described(survey, place.site, named.value)
        if properties is None:
            faults.append("is not described")
        elif any(_is_other_type(one) for one in properties):
            faults.append("is no string")
        if not _is_required(survey, place.site, named.value):
            faults.append("is not required")
        if faults:
            survey.add(
                "document.discriminator", "warning",
                f"{place.what}: the discriminator's property {quote(named.value)} {' and '.join(faults)}", named,
            )  # fmt: skip


def _described(survey: Survey, schema: Site, name: str) -> list[Site] | None:
    """Give the schemas of a property, None if it has none; else every branch must describe it."""
    parts = all_of(survey, schema)
    found = [one for part in parts if (one := survey.inside(part, "properties", name)) is not None]
    if found:
        return found
    for branches in (one for part in parts for one in alternatives(survey, part)):
        inner = [
            [one for part in all_of(survey, branch) if (one := survey.inside(part, "properties", name)) is not None]
            for branch in branches
        ]
        if all(inner):
            return [site for sites in inner for site in sites]
    return None


def _is_required(survey: Survey, schema: Site, name: str) -> bool:
    parts = all_of(survey, schema)
    if any(_names(part, name) for part in parts):
        return True
    return any(
        all(any(_names(part, name) for part in all_of(survey, branch)) for branch in branches)
        for part in parts
        for branches in alternatives(survey, part)
    )


def _names(schema: Site, name: str) -> bool:
    required = schema.child("required")
    return required is not None and isinstance(required.value, list) and name in required.value


def _is_other_type(schema: Site) -> bool:
    types = schema.value.get("type") if isinstance(schema.value, dict) else None
    return types is not None and types != "string" and not (isinstance(types, list) and "string" in types)
