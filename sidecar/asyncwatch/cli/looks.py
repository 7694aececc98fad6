"""How the dashboard looks: flags, then what was configured."""

from __future__ import annotations

from typing import TypedDict

from asyncwatch.config.configuration import Configuration


class Looks(TypedDict):
    theme: str
    ascii_signs: bool
    reduced_motion: bool


def looks(configured: Configuration, theme: str | None, ascii_signs: bool, reduced_motion: bool) -> Looks:
    """Give how the dashboard looks: flags, then what was configured."""
    return {
        "theme": theme or configured.text("tui", "theme") or "night",
        "ascii_signs": ascii_signs or configured.flag("tui", "ascii"),
        "reduced_motion": reduced_motion or configured.flag("tui", "reduced_motion"),
    }
