"""Colour in text output: where it is wanted, and what it means."""

from __future__ import annotations

import os
import sys
from typing import Final

_SGR: Final = {"error": "31", "warning": "33", "info": "35", "ok": "32", "bold": "1", "dim": "2"}


class Ink:
    """Colours words by what they mean, or leaves them alone."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def __call__(self, role: str, text: str) -> str:
        return f"\x1b[{_SGR[role]}m{text}\x1b[0m" if self._color and role in _SGR else text


def wants_color(color: str) -> bool:
    """Tell whether text output is coloured: as asked, else on a terminal without NO_COLOR."""
    if color == "auto":
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return color == "always"
