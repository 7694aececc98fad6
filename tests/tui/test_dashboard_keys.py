"""Keys and what they change, on the running application."""

from __future__ import annotations

import json

import msgspec
import pytest

from asyncwatch_tui.actions import ACTIONS, actions_on, with_keys
from asyncwatch_tui.address import without_secret
from asyncwatch_tui.feed import SidecarLost, SnapshotArrived
from asyncwatch_tui.screens.help import HelpScreen
from asyncwatch_tui.screens.overview import OverviewScreen
from asyncwatch_tui.themes import NO_COLOUR, THEMES
from asyncwatch_tui.widgets.lines import Lines

BIG, SMALL = (120, 36), (80, 24)


def overview(app):
    return next(screen for screen in app.screen_stack if isinstance(screen, OverviewScreen))


def chosen(app):
    channels = overview(app).channels
    entry = channels.chosen_entry()
    return entry.message or channels.rows[entry.row].address


def text_on(app):
    lines = [line for widget in app.screen.query(Lines) if widget.display for line in widget.lines]
    return "\n".join("".join(ink.text for ink in line) for line in lines)


def later(snapshot, **more):
    changed = msgspec.convert(msgspec.to_builtins(snapshot), type(snapshot))
    changed.messages.total += more.pop("messages", 0)
    return changed


async def test_the_cursor_moves_and_stops_at_the_ends(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        assert chosen(app) == "invoices.issued"
        await pilot.press("down", "j")
        assert chosen(app) == "routes.planned"
        await pilot.press("up", "k", "k", "k")
        assert chosen(app) == "invoices.issued"
        await pilot.press("end")
        assert chosen(app).startswith("parcels.lost")
        await pilot.press("home")
        assert chosen(app) == "invoices.issued"


async def test_a_small_table_scrolls_with_the_cursor(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=(80, 16)) as pilot:
        await pilot.pause()
        await pilot.press("pagedown", "pagedown")
        assert "▌" in text_on(app)
        await pilot.press("end")
        assert "lost-a" in text_on(app)
        assert "✗ invalid invoices.issued" not in text_on(app)
        await pilot.press("home")
        assert "✗ invalid invoices.issued" in text_on(app)


async def test_enter_and_arrows_unfold_and_fold(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("right")
        assert "├ InvoiceIssued" in text_on(app)
        await pilot.press("down", "left")
        assert "├ InvoiceIssued" not in text_on(app)
        assert chosen(app) == "invoices.issued"
        await pilot.press("enter")
        assert "└ InvoiceCancelled" in text_on(app)
        await pilot.press("enter")
        assert "└ InvoiceCancelled" not in text_on(app)


async def test_trouble_is_walked_through(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("n", "n")
        assert chosen(app) == "routes.planned"
        await pilot.press("N")
        assert chosen(app) == "parcels.{depot}.sorted"


async def test_without_trouble_it_says_so_and_offers_no_such_key(make_dashboard, story):
    quiet = story.snapshot([(story.channel("a", valid=5), story.view())])
    app = make_dashboard(quiet)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        assert "next trouble" not in text_on(app)
        await pilot.press("n")
        assert "no channel is in trouble" in text_on(app)


async def test_sorting_lights_headings_and_reverses(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("s")
        assert "sorted by trouble ▾" in text_on(app)
        await pilot.press("right", "right")
        assert "sorted by rate ▾" in text_on(app)
        await pilot.press("s")
        assert "sorted by rate ▴" in text_on(app)
        await pilot.press("enter")
        assert overview(app).doing == "looking"
        await pilot.press("left")
        assert "sorted by rate ▴" in text_on(app)


async def test_typing_filters_and_letters_do_nothing_else(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"parq")
        assert app.is_running
        assert "0 of 13 shown" in text_on(app)
        await pilot.press("backspace", "space", *"rate", "greater_than_sign", "1")
        assert overview(app).channels.filter.text == "par rate>1"
        assert "2 of 13 shown" in text_on(app)
        assert "3 of 7 groups pass the filter" in text_on(app)
        assert "are hidden by the filter" in text_on(app)
        await pilot.press("enter")
        assert overview(app).doing == "looking"
        assert "2 of 13 shown" in text_on(app)
        await pilot.press("escape")
        assert "12 documented" in text_on(app)


async def test_escape_while_typing_clears_the_filter(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"parcel", "escape")
        assert not overview(app).channels.filter
        assert overview(app).doing == "looking"


async def test_a_filter_that_cannot_be_read_is_told(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"rate", "greater_than_sign", "x")
        assert "rate> wants a number" in text_on(app)


async def test_pause_freezes_the_picture_but_not_connections_and_clock(make_dashboard, story, clock):
    first = story.running()
    app = make_dashboard(first)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("space")
        assert "▮▮ paused  0 new" in text_on(app)
        newer = later(first, messages=82_600)
        newer.view.now = story.ago(-16)
        newer.view.servers = [story.server(), story.server("yard", "nats")]
        newer.channels[0].rate = 5.0
        newer.findings[2].count += 4
        app.post_message(SnapshotArrived(newer, clock()))
        await pilot.pause()
        text = text_on(app)
        assert "82.6k new" in text
        assert "82.6k messages, 1 finding since 15:47:20 · space resumes" in text
        assert "15:47:36 UTC" in text
        assert "● nats" in text
        assert " 986 " in text
        assert "space resume" in text
        await pilot.press("down", "s", "right", "enter")
        await pilot.press("space")
        text = text_on(app)
        assert "▶ live" in text
        assert " 5.00 " in text


async def test_copying_gives_text_and_json(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("y")
        assert app.clipboard.startswith("invoices.issued (channel invoices-issued, server hub)\nstate       invalid")
        assert "/dueDate is missing, and it is required (×2 904)" in app.clipboard
        assert "copied 1 channel" in text_on(app)
        await pilot.press("Y")
        assert json.loads(app.clipboard)["channel"]["address"] == "invoices.issued"
        await pilot.press("right", "down", "y")
        assert app.clipboard.startswith("invoices.issued InvoiceIssued")
        await pilot.press("Y")
        assert json.loads(app.clipboard)["messages"]["invalid"] == 2_904
        await pilot.press("tab", "down", "y")
        assert app.clipboard.startswith("warning sequence.gap: key #41d09a")
        await pilot.press("Y")
        assert json.loads(app.clipboard)["rule"] == "sequence.gap"


async def test_what_is_too_long_for_a_clipboard_is_told(make_dashboard, story):
    snapshot = story.running()
    snapshot.channels[2].unchecked_reasons = {f"reason {number}": number for number in range(9_000)}
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("Y")
        assert "too long for a terminal's clipboard" in text_on(app)
        assert app.clipboard == ""


async def test_a_short_word_goes_after_three_seconds(make_dashboard, story, clock):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("y")
        assert "copied 1 channel" in text_on(app)
        clock.s += 3.1
        app.draw()
        assert "copied 1 channel" not in text_on(app)


async def test_while_waiting_lines_are_chosen_and_copied(make_dashboard, story):
    waiting = story.waiting(command="asyncwatch watch 'my parcels.yaml' --broker hub=10.0.0.1:9092 --since 5m")
    app = make_dashboard(waiting)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("y")
        assert app.clipboard == "asyncwatch 'my parcels.yaml' --broker hub=10.0.0.1:9092 --since earliest"
        await pilot.press("down", "y")
        assert app.clipboard == "asyncwatch check 'my parcels.yaml' --broker hub=10.0.0.1:9092"
        await pilot.press("down", "down", "y")
        assert app.clipboard == "asyncwatch rules"


async def test_panes_change_with_tab_where_there_are_two(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("tab")
        assert overview(app).pane == "findings"
        await pilot.press("shift+tab")
        assert overview(app).pane == "channels"
        await pilot.resize_terminal(*SMALL)
        await pilot.press("tab")
        assert overview(app).pane == "channels"
        assert "tab" not in text_on(app).splitlines()[-1]


async def test_help_opens_searches_and_closes(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press(*"pause")
        text = text_on(app)
        assert "pause and resume the picture" in text
        assert "copy as text" not in text
        await pilot.press("escape")
        assert "copy as text" in text_on(app)
        await pilot.press("escape")
        assert isinstance(app.screen, OverviewScreen)
        await pilot.press("f1", "f1")
        assert isinstance(app.screen, OverviewScreen)


async def test_every_action_stands_in_the_help_and_no_other(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=(140, 60)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        text = text_on(app)
        for action in actions_on(ACTIONS, "1"):
            assert action.help.split(",")[0] in text or action.id in {
                "unfold", "fold", "previous-trouble", "up", "down", "page-up", "page-down", "first", "last", "next-pane",
                "previous-pane", "next-trouble",
            }, action.id  # fmt: skip
        for absent in ("mute", "abandoned", "family", "lagging"):
            assert absent not in text


async def test_themes_go_round_and_signs_become_plain(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        seen = []
        for _ in THEMES:
            await pilot.press("T")
            seen.append(app.look)
        assert seen == [*list(THEMES)[1:], "night"]
        await pilot.press("A")
        strips = [widget.render_line(0) for widget in app.screen.query(Lines) if widget.display]
        assert all(strip.text.isascii() for strip in strips)


async def test_no_color_leaves_one_theme_without_colours(make_dashboard, story, monkeypatch):
    app = make_dashboard(story.running())
    assert app.look == "night"
    monkeypatch.setenv("NO_COLOR", "1")
    app = type(app)("http://127.0.0.1:1", None, connect=False, steady=app.steady_s)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        assert app.look == NO_COLOUR
        await pilot.press("T")
        assert app.look == NO_COLOUR
        for widget in app.screen.query(Lines):
            for y in range(len(widget.lines)):
                for segment in widget.render_line(y):
                    colour = segment.style.color
                    assert colour is None or colour.is_default


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quitting_ends_with_zero(make_dashboard, story, key):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press(key)
    assert app.return_code == 0
    assert app.return_value == 0


@pytest.mark.parametrize("before", [("question_mark",), ("slash", "a")])
async def test_ctrl_c_quits_from_everywhere(make_dashboard, story, before):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press(*before, "ctrl+c")
    assert app.return_value == 0


async def test_keys_can_be_put_elsewhere(make_dashboard, story):
    app = make_dashboard(story.running(), keys={"pause": "p", "filter": "w,/"})
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        assert "p pause" in text_on(app)
        await pilot.press("space")
        assert "▶ live" in text_on(app)
        await pilot.press("p")
        assert "▮▮ paused" in text_on(app)
        assert "p resumes" in text_on(app)
        await pilot.press("slash")
        assert overview(app).doing == "filtering"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"paus": "p"}, "no such action"),
        ({"pause": "q"}, "both 'quit' and 'pause'"),
        ({"pause": " , "}, "no key"),
        ({"pause": "1"}, "both 'screen 1' and 'pause'"),
    ],
)
def test_keys_that_cannot_be_are_told(keys, told):
    with pytest.raises(ValueError, match=".") as fault:
        with_keys(keys, ["1"])
    assert told in str(fault.value) or "both 'pause' and 'quit'" in str(fault.value)


async def test_the_mouse_chooses_sorts_unfolds_and_presses_footer_keys(make_dashboard, story):
    app = make_dashboard(story.running())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.click(offset=(20, 10))
        assert chosen(app) == "routes.planned"
        await pilot.click(offset=(44, 7))
        assert "sorted by rate" in text_on(app)
        await pilot.click(offset=(20, 29))
        assert overview(app).pane == "findings"
        footer = text_on(app).splitlines()[-1]
        await pilot.click(offset=(footer.index("pause"), 35))
        assert "paused" in text_on(app)
        await pilot.click(offset=(20, 8), times=2)
        assert overview(app).pane == "channels"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:7464", "http://127.0.0.1:7464"),
        ("https://me:secret@watch.example/api?token=secret", "https://watch.example/api"),
        ("me:secret@watch.example", "watch.example"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url, shown):
    assert without_secret(url) == shown


async def test_losing_the_sidecar_makes_everything_stale_until_it_is_back(make_dashboard, story, clock):
    snapshot = story.running()
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        app.post_message(SidecarLost("nobody answers there", 2.0))
        await pilot.pause()
        clock.s += 12
        app.post_message(SidecarLost("nobody answers there", 4.0))
        await pilot.pause()
        text = text_on(app)
        assert "✗ lost the sidecar  since 15:47:20, 12 s   next try in 4 s" in text
        assert "13 stale · 0 live" in text
        assert "✗ sidecar lost 12 s" in text
        app.post_message(SnapshotArrived(snapshot, clock()))
        await pilot.pause()
        assert "▶ live" in text_on(app)
        assert "lost the sidecar" not in text_on(app)


async def test_before_the_first_answer_it_says_what_it_waits_for(make_dashboard):
    app = make_dashboard(None)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "connecting to the sidecar …" in text_on(app)
        app.post_message(SidecarLost("the sidecar refuses the token (401)", 1.0, "check the token that was given"))
        await pilot.pause()
        text = text_on(app)
        assert "✗ the sidecar does not answer" in text
        assert "refuses the token" in text
        for key in ("down", "y", "space", "slash", "s", "n", "enter", "tab", "right"):
            await pilot.press(key)
        assert app.is_running


@pytest.mark.parametrize("size", [(59, 30), (120, 15), (10, 3), (1, 1)])
async def test_a_small_terminal_is_asked_for_more_room_and_comes_back(make_dashboard, story, size):
    app = make_dashboard(story.running())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        if size[0] > 40:
            assert "asyncwatch needs 60×16 cells" in text_on(app)
        await pilot.press("down", "question_mark", "escape")
        await pilot.resize_terminal(*BIG)
        await pilot.pause()
        assert "Channels" in text_on(app)


async def test_only_changed_lines_are_painted_again(make_dashboard, story, clock):
    snapshot = story.running()
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        widgets = list(app.screen.query(Lines))
        before = sum(widget.painted for widget in widgets)
        app.post_message(SnapshotArrived(later(snapshot), clock()))
        await pilot.pause()
        assert sum(widget.painted for widget in widgets) == before
        changed = later(snapshot)
        changed.channels[8].rate = 83.4
        app.post_message(SnapshotArrived(changed, clock()))
        await pilot.pause()
        assert sum(widget.painted for widget in widgets) == before + 1


async def test_reduced_motion_stops_the_dots(make_dashboard, story, clock):
    moving, still = make_dashboard(story.waiting()), make_dashboard(story.waiting(), reduced_motion=True)
    for app, moves in ((moving, True), (still, False)):
        async with app.run_test(size=BIG) as pilot:
            await pilot.pause()
            dots = next(line for line in text_on(app).splitlines() if "◌  " in line)
            clock.s += 1
            app.draw()
            assert (dots not in text_on(app)) == moves
