"""Runtime expressions are written with `#`, as all readers of AsyncAPI take them.

The grammar of the specification lets the `#` out, its meta schemas do not; whatever else is no expression, the grammar
of the document's objects finds.
Source: AsyncAPI 3.1, "Runtime Expression".
"""

from __future__ import annotations

from collections.abc import Iterator

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.sites import Site

_SHORT = frozenset({"$message.header", "$message.payload"})


def complete_expressions(survey: Survey) -> None:
    """Name each location that leaves the `#` out."""
    for holder in _holders(survey):
        location = holder.child("location")
        if location is not None and isinstance(location.value, str) and location.value in _SHORT:
            survey.add(
                "document.expression", "warning",
                f"{quote(location.value)} has no '#', which other readers of AsyncAPI demand: {location.value}#",
                location,
            )  # fmt: skip


def _holders(survey: Survey) -> Iterator[Site]:
    """Give every object with a location."""
    for message in [*survey.messages, *survey.message_traits]:
        correlation = survey.inside(message.site, "correlationId")
        if correlation is not None:
            yield correlation
    for channel in [*survey.channels, *survey.component_channels]:
        for parameter in survey.listed(channel.site, "parameters", "parameter"):
            yield parameter.site
    for kind in ("correlationIds", "parameters", "replyAddresses"):
        for one in survey.listed(survey.components, kind, "location"):
            yield one.site
    for operation in [*survey.operations, *survey.component_operations] if survey.major > 2 else ():
        address = survey.inside(operation.site, "reply", "address")
        if address is not None:
            yield address
