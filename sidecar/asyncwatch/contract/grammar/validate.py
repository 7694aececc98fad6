"""Strict reading by the grammar: every object of a document against the table of its version."""

from __future__ import annotations

from asyncwatch.contract.inspected import Inspected


def validate(inspected: Inspected) -> None:
    """Report where a document departs from the grammar of its version of AsyncAPI.

    Shape: a finding of severity error for what the official tools refuse too, a warning for what only the text of the
    specification says.
    """
