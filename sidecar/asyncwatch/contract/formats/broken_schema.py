"""A schema that breaks the rules of its own format."""

from __future__ import annotations

from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.sites import Site


class BrokenSchema(Unresolvable):
    """What is wrong and where: `position` is a line inside the text that stands at `site`, where it can be told."""

    def __init__(self, message: str, site: Site, position: Position | None = None) -> None:
        super().__init__(message, "document.schema")
        self.site = site
        self.position = position
