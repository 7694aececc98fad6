"""Pictures of Violations, Lag and the palette: fixed data, a fixed clock, two sizes; and no text that collides."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from asyncwatch_tui.feed import SidecarLost, SnapshotArrived
from asyncwatch_tui.widgets.lines import Lines

BIG, SMALL = (120, 36), (80, 24)
SIZES = pytest.mark.parametrize("size", [BIG, SMALL], ids=["120x36", "80x24"])
EVIL = "\x1b[31m[bold]通知\u202e" + "e\u0301" + "x" * 90


def known(story, told, **more):
    snapshot = story.busy(**more)
    return snapshot, told(*(story.detail(snapshot, at) for at in (0, 1)))


def then(*keys, details=True):
    """Press keys, and wait for the details where they are shown."""

    async def run(pilot):
        await pilot.press(*keys)
        for _ in range(200):
            await pilot.pause(0.01)
            text = "".join(
                ink.text for widget in pilot.app.screen.query(Lines) for line in widget.lines for ink in line
            )
            if "being fetched" not in text:
                break

    return run


STATES = {
    "violations": ("2",),
    "violations_full": ("2", "enter"),
    "violations_filter": ("2", "slash", *"rule:payload"),
    "violations_sorting": ("2", "s", "right"),
    "violations_muted": ("2", "down", "m", "z"),
    "violations_export": ("2", "e"),
    "lag": ("4", "n", "n"),
    "lag_partitions": ("4", "n", "n", "enter"),
    "lag_filter": ("4", "slash", *"group:rout"),
    "lag_unfolded": ("4", "z", "a", "end"),
    "palette": ("ctrl+p", *"rout"),
    "palette_commands": ("2", "colon", *">co"),
    "help_violations": ("2", "question_mark"),
    "help_lag": ("4", "question_mark"),
    "overview_with_lag": (),
}


@SIZES
@pytest.mark.parametrize("state", STATES)
def test_state(snap_compare, make_dashboard, story, told, state, size):
    snapshot, details = known(story, told)
    app = make_dashboard(snapshot, details=details)
    assert snap_compare(app, terminal_size=size, run_before=then(*STATES[state]))


@pytest.mark.parametrize("key", ["2", "4"])
def test_nothing_yet(snap_compare, make_dashboard, story, key):
    assert snap_compare(make_dashboard(story.waiting()), terminal_size=BIG, press=[key])


@pytest.mark.parametrize("key", ["2", "4"])
@SIZES
def test_paused(snap_compare, make_dashboard, story, clock, told, key, size):
    snapshot, details = known(story, told)

    async def run(pilot):
        await then(key)(pilot)
        await pilot.press("space")
        newer = story.busy()
        newer.messages.total += 61_244
        clock.s += 16
        pilot.app.post_message(SnapshotArrived(newer, clock()))
        await pilot.pause()

    assert snap_compare(make_dashboard(snapshot, details=details), terminal_size=size, run_before=run)


@pytest.mark.parametrize("key", ["2", "4"])
def test_lost_sidecar(snap_compare, make_dashboard, story, told, key):
    snapshot, details = known(story, told)

    async def run(pilot):
        await then(key)(pilot)
        pilot.app.post_message(SidecarLost("nobody answers there", 2.0))
        await pilot.pause()

    assert snap_compare(make_dashboard(snapshot, details=details), terminal_size=BIG, run_before=run)


@pytest.mark.parametrize("key", ["2", "4"])
@pytest.mark.parametrize("theme", ["light", "colour-blind", "terminal", "plain"])
def test_theme(snap_compare, make_dashboard, story, told, theme, key):
    snapshot, details = known(story, told)
    options = {"ascii_signs": True} if theme == "plain" else {"theme": theme}
    app = make_dashboard(snapshot, details=details, **options)
    assert snap_compare(app, terminal_size=BIG, run_before=then(key))


@pytest.mark.parametrize("key", ["2", "4"])
def test_hostile_names(snap_compare, make_dashboard, story, told, key):
    snapshot, _ = known(story, told)
    snapshot.findings[0].rule = snapshot.findings[0].path = snapshot.findings[0].expected = EVIL
    snapshot.findings[3].address = snapshot.findings[3].summary = EVIL
    for row in snapshot.lag[2:4]:
        row.group, row.address = EVIL + row.group, EVIL
    detail = story.detail(snapshot)
    detail.excerpt.lines[4] = EVIL
    detail.senders[0].sender = detail.senders[0].source = detail.sample[3].path = EVIL
    app = make_dashboard(snapshot, details=told(detail))
    assert snap_compare(app, terminal_size=BIG, run_before=then(key))


def lines_on(app):
    lines = []
    for widget in app.screen.query(Lines):
        if widget.display:
            lines += ["".join(ink.text for ink in line) for line in widget.lines]
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("key", ["2", "4"])
@pytest.mark.parametrize("name", ["busy", "waiting"])
async def test_every_width_is_filled_exactly(make_dashboard, story, told, name, key):
    snapshot = getattr(story, name)()
    details = told(story.detail(snapshot)) if name == "busy" else None
    states = (((), "f12"), (("enter",), "escape"), (("slash", "p"), "escape"), (("s",), "enter"))
    app = make_dashboard(snapshot, details=details)
    async with app.run_test(size=BIG) as pilot:
        await then(key)(pilot)
        for keys, back in states if name == "busy" else states[:1]:
            await pilot.press(*keys)
            for size in ((60, 16), (80, 36), (109, 30), (110, 16), (120, 30), (200, 60)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
                lines = lines_on(app)
                assert {cell_len(line) for line in lines} == {size[0]}, (keys, size)
                assert len(lines) == size[1], (keys, size)
            await pilot.press(back)
