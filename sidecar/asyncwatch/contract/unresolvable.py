"""A reference that cannot be followed."""

from __future__ import annotations

from asyncwatch.model.errors import Misconfigured


class Unresolvable(Misconfigured):
    """A reference that leads nowhere, or to where we do not go; `rule` names the finding."""

    def __init__(self, message: str, rule: str = "document.reference") -> None:
        super().__init__(message)
        self.rule = rule
