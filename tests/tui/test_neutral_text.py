"""Text from outside can neither steer the terminal nor break a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from asyncwatch_tui.ascii_signs import in_ascii
from asyncwatch_tui.fitting import LONGEST, cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.ink import Ink, cut_line, fill, width_of


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("orders.created", "orders.created"),
        ("a\x1b[31mred", "a�[31mred"),
        ("a\nb\tc\rd", "a�b�c�d"),
        ("\x9b31m\x07\x00", "�31m��"),
        ("abc\u202etxt", "abc�txt"),
        ("a\u200bb\ufeffc", "a�b�c"),
        ("a\u2028b", "a�b"),
        ("a\u00a0b", "a b"),
        ("\ue0b0", "�"),
        ("\ud800", "�"),
        ("Grüße 通知", "Grüße 通知"),
        ("❤\ufe0f", "❤"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
    ],
)
def test_controls_and_marks_of_direction_become_visible(text, harmless):
    assert neutralise(text) == harmless


def test_piled_up_marks_are_thinned_out():
    assert neutralise("e" + "\u0301" * 500 + "x") == "e\u0301\u0301x"


def test_marks_without_a_letter_before_them_fall_away():
    assert neutralise("\u0301abc") == "abc"


def test_a_text_without_end_is_looked_at_only_so_far():
    assert len(neutralise("x" * 1_000_000)) == LONGEST


@given(st.text())
def test_whatever_comes_can_be_printed(text):
    assert neutralise(text).isprintable()


@given(st.text(), st.integers(0, 40))
def test_a_cut_text_fits_its_width_in_cells(text, width):
    text = neutralise(text)
    assert cell_len(cut_end(text, width)) <= width
    assert cell_len(cut_middle(text, width)) <= width


@given(st.text(), st.integers(1, 40))
def test_a_padded_text_is_as_wide_as_asked(text, width):
    text = cut_end(neutralise(text), width)
    assert cell_len(pad_left(text, width)) == cell_len(pad_right(text, width)) == width


@given(st.lists(st.text(max_size=8), max_size=5), st.integers(0, 30))
def test_a_filled_line_is_exactly_as_wide_as_asked(texts, width):
    line = [Ink(neutralise(text)) for text in texts]
    assert width_of(fill(line, width)) == width
    assert width_of(cut_line(line, width)) <= width


@given(st.text())
def test_plain_signs_keep_the_width(text):
    text = neutralise(text)
    plain = in_ascii(text)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(text) or any(cell_len(char) == 0 for char in text)


def test_names_are_cut_in_their_middle():
    assert cut_middle("parcels.registered.in.depot", 15) == "parcels…n.depot"
    assert cut_middle("通知通知通知", 5) == "通…知"
