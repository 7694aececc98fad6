"""The command palette: what it finds, in which order, and where it leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from asyncwatch_tui.actions import ACTIONS
from asyncwatch_tui.commands import find, gather, match
from asyncwatch_tui.screens.palette import PaletteScreen
from asyncwatch_tui.screens.registry import tabs
from asyncwatch_tui.widgets.lines import Lines

BIG = (120, 36)


def text_on(app):
    lines = [line for widget in app.screen.query(Lines) if widget.display for line in widget.lines]
    return "\n".join("".join(ink.text for ink in line) for line in lines)


def found(story, query, screen="1"):
    things = gather(story.busy(), frozenset(), all_stale=False)
    return find(things, ACTIONS, tabs(), screen, query).choices


def names(choices, section):
    return [choice.name for choice in choices if choice.section == section]


def test_things_come_first_then_what_can_be_done_with_them(story):
    choices = found(story, "rout")
    assert names(choices, "Go to")[:3] == ["routes.planned", "route-optimiser", "sequence.gap routes.planned"]
    assert "Show lag of route-optimiser by partition" in names(choices, "Do")
    assert [choice.section for choice in choices] == sorted(
        (choice.section for choice in choices), key=["Go to", "Do", "Views"].index
    )


@pytest.mark.parametrize("screen", ["1", "2", "4"])
def test_every_action_stands_in_it_on_every_screen(story, screen):
    choices = found(story, ">", screen)
    assert {choice.goal.what for choice in choices} >= {action.runs for action in ACTIONS}
    assert not names(choices, "Go to")


def test_channels_only(story):
    choices = found(story, "@")
    assert len(choices) == 13
    assert {choice.note.split()[0] for choice in choices} == {"channel"}
    assert names(found(story, "@invo"), "Go to") == ["invoices.issued"]


def test_without_a_query_what_is_in_trouble_is_offered(story):
    assert all(choice.troubled for choice in found(story, "") if choice.section == "Go to")


def test_a_muted_finding_is_no_trouble(story):
    snapshot = story.busy()
    fingerprint = snapshot.findings[0].fingerprint
    things = gather(snapshot, frozenset({fingerprint}), all_stale=False)
    thing = next(thing for thing in things if thing.key == fingerprint)
    assert not thing.troubled
    assert thing.note == "finding · muted"


@given(st.text(min_size=1, max_size=8), st.text(max_size=40))
def test_letters_that_are_underlined_spell_the_query(query, name):
    query, name = query.lower(), name.lower()
    fit = match(query, name)
    if query in name:
        assert fit is not None
    if fit is not None:
        _, places = fit
        assert places == sorted(set(places))
        spelled = "".join(name[place] for place in places)
        assert spelled == (query if query in name else query.replace(" ", ""))


async def press(pilot, *keys):
    await pilot.press(*keys)
    await pilot.pause()


async def test_it_opens_over_any_screen_searches_and_goes(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await press(pilot, "ctrl+p", *"optimiser")
        assert isinstance(app.screen, PaletteScreen)
        underlined = [
            ink.text for widget in app.screen.query(Lines) for line in widget.lines for ink in line if ink.underline
        ]
        assert "optimiser" in underlined
        await press(pilot, "enter")
        screen = app.frames["4"]
        assert app.screen is screen
        assert screen.groups.chosen[1] == "route-optimiser"
        await press(pilot, "colon", *"lag of", "space", *"route", "escape")
        assert app.screen is screen


async def test_what_can_be_done_is_done(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await press(pilot, "ctrl+p", *"mute", "space", *"sequence.lost")
        await press(pilot, "escape", "ctrl+p", *"sequence.lost")
        choices = app.screen.found.choices
        at = next(number for number, choice in enumerate(choices) if choice.name.startswith("Mute sequence.lost"))
        await press(pilot, *["down"] * at, "enter")
        assert app.screen is app.frames["2"]
        assert len(app.mutes.now(app.steady_s())) == 1
        await press(pilot, "ctrl+p", *">next", "space", *"theme", "enter")
        assert app.look == "colour-blind"
        await press(pilot, "ctrl+p", *">lag", "enter")
        assert app.screen is app.frames["4"]
        await press(pilot, "ctrl+p", *"@invoices", "enter")
        assert app.screen is app.frames["1"]
        assert app.screen.channels.chosen[0][3] == "invoices.issued"


async def test_violations_and_lag_of_a_channel(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        for screen, words in (("2", "Show violations of invoices"), ("4", "Show lag on invoices")):
            await press(pilot, "ctrl+p", *"invoices")
            choices = app.screen.found.choices
            at = next(number for number, choice in enumerate(choices) if choice.name.startswith(words))
            await press(pilot, *["down"] * at, "enter")
            assert app.screen is app.frames[screen]
            assert app.screen.listed.filter.text == "invoices.issued"
            await press(pilot, "escape")
            assert not app.screen.listed.filter


async def test_the_mouse_goes_and_nothing_fits_is_said(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await press(pilot, "ctrl+p", *"zzzz")
        assert "nothing fits" in text_on(app)
        await press(pilot, "enter", "down", "pagedown", "ctrl+u", *"optimiser")
        panel = app.screen.query_one(Lines)
        await pilot.click(offset=(panel.region.x + 10, panel.region.y + 5))
        await pilot.pause()
        assert app.screen is app.frames["4"]


@pytest.mark.parametrize("size", [(60, 16), (20, 6), (200, 60)])
async def test_it_fits_any_terminal(make_dashboard, story, size):
    app = make_dashboard(story.busy())
    async with app.run_test(size=size) as pilot:
        await press(pilot, "ctrl+p", *"parcels", "down", "pagedown", "up")
        assert app.is_running
        await press(pilot, "ctrl+c")
    assert app.return_value == 0


async def test_without_a_sidecar_there_are_commands_only(make_dashboard):
    app = make_dashboard(None)
    async with app.run_test(size=BIG) as pilot:
        await press(pilot, "ctrl+p")
        assert {choice.section for choice in app.screen.found.choices} == {"Do", "Views"}


@pytest.mark.parametrize(
    ("keys", "text"), [(["ctrl+p", *"quit"], "quit"), (["2", "slash", *"mute"], "mute"), (["2", "ctrl+p", *"om"], "om")]
)
async def test_keys_that_are_typed_ahead_are_for_what_they_open(make_dashboard, story, keys, text):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        for key in keys:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        for _ in range(100):
            await pilot.pause(0.01)
            if f"{text}▏" in text_on(app):
                break
        assert f"{text}▏" in text_on(app)
        assert app.is_running
        assert not app.mutes.now(app.steady_s())
