"""Themes are tables of roles; widgets name roles, never hues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

ROLES: Final = (
    "bg", "raised", "selection", "line", "focus", "fg", "bright", "dim", "faint", "accent", "spark",
    "ok", "warn", "error", "info", "stale",
)  # fmt: skip

_NIGHT: Final = {
    "bg": "#0e131a", "raised": "#18202b", "selection": "#1d3047", "line": "#2c3a4b", "focus": "#5aa9e6",
    "fg": "#c6d0dc", "bright": "#f2f6fa", "dim": "#8593a6", "faint": "#5f7086", "accent": "#6cb8ff",
    "spark": "#4f86b8", "ok": "#4fc3a1", "warn": "#f2b544", "error": "#ff6f6a", "info": "#b79cf7", "stale": "#9fb0c3",
}  # fmt: skip
_COLOUR_BLIND: Final = {**_NIGHT, "ok": "#56b4e9", "warn": "#f5e663", "error": "#ff8a1f", "info": "#e3a6cf"}
_LIGHT: Final = {
    "bg": "#fbfaf7", "raised": "#efece6", "selection": "#d6e6f7", "line": "#cbc7bd", "focus": "#1a66ad",
    "fg": "#2d3742", "bright": "#0b1016", "dim": "#5a6673", "faint": "#7f8894", "accent": "#1a66ad",
    "spark": "#4f86b8", "ok": "#0b7a5b", "warn": "#9a5b00", "error": "#c0262d", "info": "#6b44c1", "stale": "#56606c",
}  # fmt: skip
_TERMINAL: Final = {
    "bg": "default", "raised": "default", "selection": "default", "line": "bright_black", "focus": "blue",
    "fg": "default", "bright": "default", "dim": "default", "faint": "bright_black", "accent": "blue",
    "spark": "blue", "ok": "green", "warn": "yellow", "error": "red", "info": "magenta", "stale": "default",
}  # fmt: skip

THEMES: Final[dict[str, Mapping[str, str]]] = {
    "night": _NIGHT,
    "colour-blind": _COLOUR_BLIND,
    "light": _LIGHT,
    "terminal": _TERMINAL,
}
"""The themes that `T` goes through, in this order."""

NO_COLOUR: Final = "no-colour"
"""The theme under NO_COLOR: signs, words, bold and reversed cells carry everything."""


class Palette:
    """The styles of one theme, made once and kept."""

    def __init__(self, theme: str) -> None:
        self.theme = theme
        self._roles = THEMES.get(theme, dict.fromkeys(ROLES, "default"))
        self._ansi = theme not in THEMES or theme == "terminal"
        self._styles: dict[tuple[str, bool, str | None, bool], Style] = {}

    def style(self, role: str, bold: bool, on: str | None, underline: bool = False) -> Style:
        """Give the style of a role on a ground."""
        key = (role, bold, on, underline)
        style = self._styles.get(key)
        if style is None:
            style = self._make(role, bold, on)
            self._styles[key] = style = style + Style(underline=True) if underline else style
        return style

    def _make(self, role: str, bold: bool, on: str | None) -> Style:
        roles = self._roles
        if self._ansi and on not in {None, "bg", "raised"}:
            return Style(bold=bold, reverse=True)
        ground = roles[on or "bg"]
        if self._ansi:
            return Style(color=roles[role], bgcolor=ground, bold=bold or role == "bright")
        return Style(color=roles[role], bgcolor=ground, bold=bold)


def textual_themes() -> list[Theme]:
    """Give each table as a theme that Textual can be switched to; widgets draw by roles, it needs the ground only."""
    ansi = BUILTIN_THEMES["ansi-dark"]
    themes = [replace(ansi, name="terminal"), replace(ansi, name=NO_COLOUR)]
    for name, roles in THEMES.items():
        if name != "terminal":
            ground, ink = roles["bg"], roles["fg"]
            themes.append(
                Theme(
                    name=name, primary=roles["accent"], foreground=ink, background=ground, surface=ground, panel=ground,
                    dark=name != "light",
                )
            )  # fmt: skip
    return themes
