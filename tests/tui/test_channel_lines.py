"""Lines of the table: every cell in its column, nothing cut, nothing colliding."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from asyncwatch.model.report import OrderingRow
from asyncwatch_tui.channel_list import ChannelList, Entry
from asyncwatch_tui.columns import plan_columns
from asyncwatch_tui.ink import width_of
from asyncwatch_tui.present import channels_title, entry_line, heading_line, hidden_line
from asyncwatch_tui.sorting import Sorting
from asyncwatch_tui.sparkline import share_sparkline, sparkline

WIDTHS = (60, 72, 80, 100, 109, 110, 120, 140, 200)


def text_of(line):
    return "".join(ink.text for ink in line)


def cells(line, width):
    """The texts of a line by column; the line starts at the screen's column 1."""
    text = " " + text_of(line)
    return {column.id: text[column.start : column.end].strip() for column in plan_columns(width)}


def drawn(story, row, view, width=120, **more):
    channels = ChannelList()
    channels.take(story.snapshot([(row, view)]), 0.0, all_stale=False, sunk=frozenset())
    return entry_line(channels, Entry(0), width, story.now_ns, 0.0, chosen=False, focused=True, **more)


@pytest.mark.parametrize("width", WIDTHS)
def test_columns_stand_apart_and_within_the_panel(width):
    columns = plan_columns(width)
    for left, right in zip(columns, columns[1:], strict=False):
        assert right.start - left.end >= 1
    assert columns[0].start == 2
    assert columns[-1].end <= width - 2
    kept = {column.id for column in columns}
    assert {"state", "name", "rate", "valid", "violations", "gaps", "lag"} <= kept


def test_at_120_every_column_has_the_place_of_the_picture():
    starts = {column.id: (column.start, column.end) for column in plan_columns(120)}
    assert starts["name"] == (13, 41)
    assert starts["window"] == (48, 58)
    assert starts["seen"] == (112, 118)
    assert len(starts) == 14


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_is_as_wide_as_the_panel(story, width):
    channels = ChannelList()
    channels.take(story.running(), 0.0, all_stale=False, sunk=frozenset())
    channels.unfold(True, 0.0)
    assert width_of(heading_line(width, Sorting(), choosing=False)) == width - 2
    for at, entry in enumerate(channels.entries):
        line = entry_line(channels, entry, width, story.now_ns, 0.0, chosen=at == 1, focused=True)
        assert width_of(line) == width - 2
        text = " " + text_of(line)
        columns = plan_columns(width)
        for left, right in zip(columns, columns[1:], strict=False):
            between = text[left.end : right.start]
            assert between[:-1].strip() == "", (left, right, text)
            assert between[-1] in " ▸▾", (left, right, text)


def test_a_row_says_what_was_measured(story):
    row = story.channel(
        "parcels.sorted", valid=982, invalid=18, rate=1_212.0,
        ordering=OrderingRow(source="header n", keys=3, missing=2, lost=1, duplicates=14),
    )  # fmt: skip
    view = story.view(window=[1.0] * 10, violations=4_596, late=31, p50=0.031, p99=0.41, share=0.83, seen=3.4)
    assert cells(drawn(story, row, view), 120) == {
        "state": "✗ invalid", "name": "parcels.sorted", "rate": "1.21k", "window": "▅" * 10, "valid": "98.20",
        "violations": "4 596", "gaps": "2+1", "late": "31", "dup": "14", "lag": "–", "p50": "31 ms", "p99": "410 ms",
        "trace": "83", "seen": "3.4 s",
    }  # fmt: skip


def test_what_is_not_known_is_never_zero(story):
    row = story.channel("audit.raw", channel=None, unchecked=9)
    row.rate = None
    view = story.view(checked=False, late=None, p50=None, p99=None, share=None, seen=None, window=[None] * 10)
    found = cells(drawn(story, row, view), 120)
    unknown = {"rate", "valid", "violations", "gaps", "late", "dup", "lag", "p50", "p99", "trace", "seen"}
    assert {id_: found[id_] for id_ in unknown} == dict.fromkeys(unknown, "–")
    assert found["window"] == "·" * 10


def test_what_was_not_checked_is_said_and_never_a_hundred(story):
    row = story.channel("trucks.positions", unchecked=900)
    assert cells(drawn(story, row, story.view(checked=False)), 120)["valid"] == "~ none"
    assert cells(drawn(story, row, story.view(checked=False), width=80), 80)["valid"] == "–"


def test_last_values_of_a_lost_server_are_dim_but_for_their_age(story):
    row = story.channel("a", valid=98, invalid=2, ordering=OrderingRow(source="n", keys=1, missing=4))
    line = drawn(story, row, story.view(stale=True, violations=2, late=3, seen=42.0))
    coloured = {ink.text.strip(): ink.role for ink in line if ink.role in {"warn", "error", "ok", "info"}}
    assert coloured == {"42 s": "warn"}
    assert cells(line, 120)["lag"] == "–"
    assert cells(line, 120)["rate"] == "–"


def test_only_the_wrong_number_is_coloured(story):
    row = story.channel("a", valid=98, ordering=OrderingRow(source="n", keys=1, missing=4))
    line = drawn(story, row, story.view())
    assert {ink.text.strip() for ink in line if ink.role == "warn"} == {"▲", "gap", "4"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_large_numbers_stay_in_their_columns(story, width):
    huge = 987_654_321_987
    row = story.channel(
        "a" * 300, valid=huge, invalid=huge, rate=huge / 7,
        ordering=OrderingRow(source="n", keys=1, missing=huge, lost=huge, duplicates=huge),
    )  # fmt: skip
    view = story.view(violations=huge, late=huge, p50=99_999.0, p99=1e12, share=1.0, seen=10_000_000.0)
    line = drawn(story, row, view, width=width)
    assert width_of(line) == width - 2
    text = " " + text_of(line)
    columns = plan_columns(width)
    for left, right in zip(columns, columns[1:], strict=False):
        assert text[left.end : right.start].strip(" ▸") == ""
    assert "…" in text


def test_wide_glyphs_in_names_move_no_column(story):
    row = story.channel("通知." * 20, valid=1, rate=5.0)
    line = drawn(story, row, story.view())
    assert width_of(line) == 118
    assert cell_len(text_of(line)) == 118


def test_sparklines_are_scaled_by_their_row_and_show_holes():
    assert sparkline([1.0] * 10) == "▅" * 10
    assert sparkline([None, 0.0, 1.0, 100.0], 4) == "·▁▁▅"
    assert sparkline([5.0], 4) == "···▅"
    assert sparkline([], 3) == "···"
    assert sparkline([float("nan"), 1.0], 2) == "·▅"
    assert share_sparkline([1.0, None, 0.99], 3) == "▇·▂"
    assert share_sparkline([1.0, 1.0], 2) == "▆▆"


def test_the_sorted_column_is_lit_while_choosing():
    line = heading_line(120, Sorting("rate"), choosing=True)
    assert [ink.text for ink in line if ink.on == "accent"] == ["msg/s"]
    assert not [ink for ink in heading_line(120, Sorting("rate"), choosing=False) if ink.on]


def test_the_title_counts_and_the_filter_says_what_it_hides(story):
    channels = ChannelList()
    snapshot = story.running()
    channels.take(snapshot, 0.0, all_stale=False, sunk=frozenset())
    assert (
        text_of(channels_title(channels, 120, alarmed=False))
        == "12 documented · 1 not in document · sorted by trouble ▾"
    )
    assert text_of(channels_title(channels, 80, alarmed=False)) == "12 +1 undoc. by trouble ▾"
    assert text_of(channels_title(channels, 120, alarmed=True)) == "1 stale · 12 live · sorted by trouble ▾"
    assert hidden_line(channels, 120) is None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("strength", "mark"), [(None, ""), (0.0, "~"), (0.49, "~"), (0.5, ""), (1.0, "")])
def test_valid_against_a_contract_that_says_little_is_marked(story, width, strength, mark):
    row = story.channel("orders", valid=5)
    row.strength = strength
    plain = cells(drawn(story, story.channel("orders", valid=5), story.view(), width), width)
    assert cells(drawn(story, row, story.view(), width), width) == {**plain, "valid": mark + plain["valid"]}
