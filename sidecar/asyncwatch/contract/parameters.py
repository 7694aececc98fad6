"""Parameters: what may stand in the place of an address's placeholders.

`enum` in 3.x, a whole schema in 2.x; `location` names a place of the message that holds the same value.
"""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.contract.entities import Parameter
from asyncwatch.contract.expressions import parse_expression
from asyncwatch.contract.findings import quote
from asyncwatch.contract.messages import default_format
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.sites import Site


def read_parameters(parts: Parts, site: Site, names: Sequence[str], what: str) -> tuple[Parameter, ...]:
    """Read the parameters of a channel's placeholders, in their order; a broken one allows anything."""
    described = parts.mapping(site, "parameters", f"parameters of {what}")
    found: list[Parameter] = []
    for name in dict.fromkeys(names):
        parameter = described.child(name) if described is not None else None
        if parameter is None:
            parts.findings.add(
                "document.parameter", "warning", f"{what}: parameter {quote(name)} is not described", site
            )
            found.append(Parameter(name, None, None))
        else:
            found.append(_read_parameter(parts, parameter, name, what))
    return tuple(found)


def note_superfluous(parts: Parts, site: Site, names: Sequence[str], what: str) -> None:
    """Tell of parameters that no placeholder stands for."""
    described = parts.mapping(site, "parameters", f"parameters of {what}")
    for name, parameter in described.members() if described is not None else ():
        if name not in names:
            parts.findings.add(
                "document.parameter", "warning", f"{what}: its address has no {quote('{' + name + '}')}", parameter
            )


def _read_parameter(parts: Parts, site: Site, name: str, what: str) -> Parameter:
    whose = f"parameter {quote(name)} of {what}"
    position = parts.position(site)
    followed = parts.follow(site, whose)
    if followed is None or not parts.expect_mapping(followed, whose):
        return Parameter(name, None, None, position=position)
    values, schema = None, None
    if parts.major == 2:
        holder = followed.child("schema")
        if holder is not None:
            schema = parts.schemas.read(holder, default_format(parts), f"schema of {whose}")
            inner = parts.follow(holder, f"schema of {whose}")
            values = _constants(inner.value) if inner is not None else None
    else:
        values = _values(parts, followed, whose)
    return Parameter(name, values, _location(parts, followed, whose), schema=schema, position=position)


def _values(parts: Parts, site: Site, whose: str) -> tuple[str, ...] | None:
    """Give the values of `enum`; None = anything."""
    listed = site.child("enum")
    if listed is None:
        return None
    if not isinstance(listed.value, list):
        parts.findings.add("document.type", "error", f"enum of {whose} must be a list", listed)
        return None
    return tuple(_text(value) for value in listed.value) or None


def _constants(schema: object) -> tuple[str, ...] | None:
    """Give the values that a schema itself lists; None = it lists none."""
    if not isinstance(schema, dict):
        return None
    if "const" in schema:
        return (_text(schema["const"]),)
    values = schema.get("enum")
    return tuple(map(_text, values)) if isinstance(values, list) and values else None


def _text(value: object) -> str:
    """Give a documented value as it stands in an address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _location(parts: Parts, site: Site, whose: str) -> str | None:
    location = parts.text(site, "location", whose)
    if location is not None and parse_expression(location) is None:
        parts.findings.add(
            "document.expression", "warning", f"the location of {whose} is no runtime expression: {quote(location)}",
            site.child("location") or site,
        )  # fmt: skip
        return None
    return location
