"""Themes: words can be read, receding signs can be seen, states differ by more than colour."""

from __future__ import annotations

import pytest

from asyncwatch_tui.signs import SIGNS
from asyncwatch_tui.themes import NO_COLOUR, ROLES, THEMES, Palette

WORDS = ("fg", "bright", "dim", "accent", "ok", "warn", "error", "info", "stale")
SIGNS_THAT_RECEDE = ("faint", "focus", "spark")
WITH_COLOURS = [name for name in THEMES if name != "terminal"]


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", WITH_COLOURS)
@pytest.mark.parametrize("ground", ["bg", "raised"])
def test_words_can_be_read(theme, ground):
    roles = THEMES[theme]
    for role in WORDS:
        assert contrast(roles[role], roles[ground]) >= 4.5, (theme, role, ground)


@pytest.mark.parametrize("theme", WITH_COLOURS)
def test_receding_signs_can_be_seen(theme):
    roles = THEMES[theme]
    for role in SIGNS_THAT_RECEDE:
        assert contrast(roles[role], roles["bg"]) >= 3.0, (theme, role)


@pytest.mark.parametrize("theme", WITH_COLOURS)
def test_lit_cells_can_be_read(theme):
    roles = THEMES[theme]
    for ground in ("accent", "warn", "error"):
        assert contrast(roles["bg"], roles[ground]) >= 4.5, (theme, ground)
    for role in ("fg", "bright", "error", "warn"):
        assert contrast(roles[role], roles["selection"]) >= 4.0, (theme, role)


@pytest.mark.parametrize("theme", [*THEMES, NO_COLOUR])
def test_every_role_has_a_style(theme):
    palette = Palette(theme)
    for role in ROLES:
        for on in (None, "raised", "selection", "accent", "warn"):
            assert palette.style(role, True, on) is palette.style(role, True, on)


def test_states_differ_by_sign_and_word_in_every_alphabet():
    for sign in SIGNS.values():
        assert len(sign.glyph) == len(sign.plain) == 1
        assert sign.plain.isascii()
        assert len(sign.word) <= 7, "a narrow screen has nine cells for sign and word"
    assert len({(sign.plain, sign.word) for sign in SIGNS.values()}) == len(SIGNS)
