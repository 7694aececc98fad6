"""Strict reading by the grammar: every object of a document against the table of its version."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.language import Named
from asyncwatch.contract.grammar.specification import specification
from asyncwatch.contract.grammar.walk import Walk
from asyncwatch.contract.inspected import Inspected

_DOCUMENT: Final = Named("document")


def validate(inspected: Inspected) -> None:
    """Report where a document departs from the grammar of its version of AsyncAPI.

    Shape: a finding of severity error for what the official tools refuse too, a warning for what only the text of the
    specification says.
    """
    walk = Walk(
        inspected.documents, specification(inspected.major, inspected.minor), inspected.findings, inspected.root.file
    )
    walk.run(_DOCUMENT, inspected.root)
