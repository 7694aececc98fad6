"""A report full of text that wants to do harm is drawn as text."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from asyncwatch_tui.feed import SidecarLost
from asyncwatch_tui.widgets.lines import Lines

EVIL = (
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J\x1b[31mred",
    "[bold red]markup[/] [link=http://x]y[/link] [@click=app.quit]z[/]",
    "a\nb\rc\td\x0bd\x85e\u2028f",
    "\u202egnirts\u2066",
    "e" + "\u0301" * 400,
    "通知" * 90,
    "👩‍👩‍👧‍👦" * 20,
    "",
    "x" * 5_000,
)


def evil(story, text):
    rows = [
        (story.channel(text, valid=3, invalid=2, rate=5.0, server=text, channel=text), story.view(violations=2)),
        (story.channel(text + "2", channel=None, unchecked=1, server=text), story.view(checked=False)),
    ]
    rows[0][0].per_message = {text: rows[0][0].messages}
    findings = [story.finding(text or "r", text or "error", text, text, server=text, fingerprint="f")]
    servers = [
        story.server(text, text, state="reconnecting", since=60.0, title=text, address=text, error=text, hint=text,
                     next_try=text, last_connected=text)
    ]  # fmt: skip
    snapshot = story.snapshot(rows, findings=findings, servers=servers, title=text, command=f"asyncwatch {text}")
    snapshot.view.outlets[0].name = text
    snapshot.view.outlets[0].state = text
    snapshot.view.since = text
    snapshot.view.channels[0].last_seen = text
    return snapshot


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
async def test_it_is_drawn_as_text_and_moves_nothing(make_dashboard, story, text):
    app = make_dashboard(evil(story, text))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for size, presses in (((80, 24), (["right"], ["slash", "x"], ["escape", "y", "Y"])),
                              ((120, 36), (["f12"], ["tab", "y"], ["A"]))):  # fmt: skip
            await pilot.resize_terminal(*size)
            for press in presses:
                await pilot.press(*press)
                assert_harmless(app, size[0])
        assert app.is_running


def assert_harmless(app, width):
    for widget in app.screen.query(Lines):
        if widget.display:
            for y, line in enumerate(widget.lines):
                written = "".join(ink.text for ink in line)
                assert written.isprintable()
                assert cell_len(written) == width
                assert widget.render_line(y).text.isprintable()


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
async def test_while_waiting_too(make_dashboard, story, text):
    snapshot = evil(story, text)
    snapshot.findings.clear()
    for row in snapshot.channels:
        row.messages.__init__()
    snapshot.messages.__init__()
    snapshot.servers[0].rights_missing = [text]
    app = make_dashboard(snapshot, lost=(text, 1.0, text))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "y")
        assert_harmless(app, 80)


async def test_an_error_of_the_connection_is_neutral_too(make_dashboard):
    app = make_dashboard(None, lost=("\x1b[31m", 1.0, "\x07"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.post_message(SidecarLost("\x9b", 1.0))
        await pilot.pause()
        assert_harmless(app, 80)
