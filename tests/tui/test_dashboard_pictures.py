"""Pictures of the dashboard: fixed data, a fixed clock, two sizes; and no text that is cut or collides."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from asyncwatch_tui.feed import SnapshotArrived
from asyncwatch_tui.widgets.lines import Lines

BIG, SMALL = (120, 36), (80, 24)
SIZES = pytest.mark.parametrize("size", [BIG, SMALL], ids=["120x36", "80x24"])
FILTER = ("slash", *"parcel", "space", *"rate", "greater_than_sign", "1")


def pause(clock, story):
    async def run(pilot):
        await pilot.press("space")
        newer = story.running()
        newer.messages.total += 61_244
        newer.findings[0].count += 12
        clock.s += 16
        pilot.app.post_message(SnapshotArrived(newer, clock()))
        await pilot.pause()

    return run


@SIZES
def test_running(snap_compare, make_dashboard, story, size):
    assert snap_compare(make_dashboard(story.running()), terminal_size=size, press=["enter"])


@SIZES
def test_empty(snap_compare, make_dashboard, story, size):
    assert snap_compare(make_dashboard(story.waiting()), terminal_size=size)


@SIZES
def test_disconnected(snap_compare, make_dashboard, story, size):
    assert snap_compare(make_dashboard(story.disconnected()), terminal_size=size)


@SIZES
def test_lost_sidecar(snap_compare, make_dashboard, story, size):
    app = make_dashboard(story.running(), lost=("nobody answers there", 2.0))
    assert snap_compare(app, terminal_size=size)


@SIZES
def test_paused(snap_compare, make_dashboard, story, clock, size):
    assert snap_compare(make_dashboard(story.running()), terminal_size=size, run_before=pause(clock, story))


@SIZES
def test_filter(snap_compare, make_dashboard, story, size):
    assert snap_compare(make_dashboard(story.running()), terminal_size=size, press=FILTER)


@SIZES
def test_help(snap_compare, make_dashboard, story, size):
    assert snap_compare(make_dashboard(story.running()), terminal_size=size, press=["question_mark"])


@SIZES
def test_sorting(snap_compare, make_dashboard, story, size):
    assert snap_compare(make_dashboard(story.running()), terminal_size=size, press=["s", "right", "right"])


@SIZES
@pytest.mark.parametrize("theme", ["light", "colour-blind", "terminal"])
def test_theme(snap_compare, make_dashboard, story, theme, size):
    assert snap_compare(make_dashboard(story.running(), theme=theme), terminal_size=size)


@SIZES
def test_plain_signs(snap_compare, make_dashboard, story, size):
    assert snap_compare(make_dashboard(story.running(), ascii_signs=True), terminal_size=size, press=["enter"])


def lines_on(app):
    lines = []
    for widget in app.screen.query(Lines):
        if widget.display:
            lines += ["".join(ink.text for ink in line) for line in widget.lines]
    return lines


WORDS_CUT_ON_PURPOSE = ("parcels.lost-a", "parcels.lost", "/dueDate is missing")
"""The story's one long name, and the sentence of the one-line stream."""


def assert_whole(app, size, press):
    lines = lines_on(app)
    for line in lines:
        for cut in (part for part in line.split("…")[:-1] if not part.endswith(" ")):
            assert any(word in cut for word in WORDS_CUT_ON_PURPOSE), (press, line)
    if press != ("question_mark",):
        assert {cell_len(line) for line in lines} == {size[0]}, press
        assert len(lines) == size[1], press


@pytest.mark.slow
@pytest.mark.parametrize("name", ["running", "waiting", "disconnected"])
async def test_no_text_is_cut_and_every_line_fills_the_screen(make_dashboard, story, name):
    app = make_dashboard(getattr(story, name)())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        for size in (BIG, SMALL):
            await pilot.resize_terminal(*size)
            assert_whole(app, size, ())
            for press, back in (
                (("question_mark",), "escape"), (("slash", "p", "greater_than_sign"), "escape"), (("space",), "space"),
                (("s",), "enter"), (("tab",), "tab"), (("enter",), "enter"), (("y",), "f12"),
            ):  # fmt: skip
                await pilot.press(*press)
                assert_whole(app, size, press)
                await pilot.press(back)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["running", "waiting", "disconnected"])
async def test_every_width_is_filled_exactly(make_dashboard, story, name):
    app = make_dashboard(getattr(story, name)())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        for width in (60, 70, 79, 80, 99, 109, 110, 119, 120, 139, 140, 200):
            for height in (16, 32):
                await pilot.resize_terminal(width, height)
                await pilot.pause()
                lines = lines_on(app)
                assert {cell_len(line) for line in lines} == {width}
                assert len(lines) == height
