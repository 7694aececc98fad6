"""How much a contract really says about a message: leaves that are documented, and leaves that a rule constrains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LISTED: Final = 20
"""Unconstrained leaves that are named."""


@dataclass(frozen=True, slots=True)
class Strength:
    """`leaves` that are documented, how many of them a rule constrains, and the first ones that none does.

    `unread`: schemas that are not judged by, whose leaves are not known.
    """

    leaves: int = 0
    constrained: int = 0
    loose: tuple[str, ...] = ()
    unread: int = 0

    @property
    def share(self) -> float | None:
        """Give the share of constrained leaves; None where a schema is not read, or nothing is known to be documented."""
        return self.constrained / self.leaves if self.leaves and not self.unread else None


def added(parts: Sequence[Strength]) -> Strength:
    """Add strengths up."""
    loose = [pointer for part in parts for pointer in part.loose]
    return Strength(
        sum(part.leaves for part in parts), sum(part.constrained for part in parts), tuple(loose[:LISTED]),
        sum(part.unread for part in parts),
    )  # fmt: skip
