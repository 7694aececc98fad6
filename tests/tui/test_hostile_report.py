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


def evil_all_over(story, text):
    """Every text of findings, lag, senders, samples and document lines wants to do harm."""
    snapshot = story.busy()
    for row in snapshot.findings[:6]:
        for name in (
            "rule",
            "path",
            "group",
            "message",
            "expected",
            "actual",
            "keyword",
            "summary",
            "server",
            "address",
        ):
            setattr(row, name, text)
        row.last.trace_id = row.last.key_hash = text
        row.first.time = row.last.time = text
    snapshot.findings[0].fingerprint = snapshot.findings[1].fingerprint = text
    for view in snapshot.view.findings[:6]:
        view.file, view.line = text, 7
    for row in snapshot.lag[:12]:
        row.group = row.address = row.as_of = text
    for number, row in enumerate(snapshot.lag[12:]):
        row.status = text
        row.group = f"{text}{number}"
    for view in snapshot.view.lag:
        view.member = view.reading = view.source = view.risk = text
    detail = story.detail(snapshot, 0, protocol=text, schema=text)
    for sender in detail.senders:
        sender.sender = sender.version = sender.source = text
    for field in detail.sample:
        field.path = field.kind = field.value = text
    detail.excerpt.file = text
    detail.excerpt.lines = [text] * 9
    return snapshot, detail


WORSE = ("".join(EVIL[:3]), "".join(EVIL[3:6]), "".join(EVIL[6:8]), EVIL[8], EVIL[9])


@pytest.mark.parametrize("text", WORSE, ids=range(len(WORSE)))
async def test_on_every_screen_and_in_the_palette(make_dashboard, story, told, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snapshot, detail = evil_all_over(story, text)
    app = make_dashboard(snapshot, details=told(detail, fault=text))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        for size, screen, presses in (
            ((120, 36), "2", (["f12"], ["enter"], ["escape", "f"], ["f", "s"], ["enter", "m"], ["z", "o"], ["y", "Y"])),
            ((80, 24), "2", (["home"], ["enter"], ["end"], ["escape", "slash", "x"], ["escape", "e", "m"])),
            ((120, 36), "4", (["f12"], ["enter"], ["z", "a", "end"], ["s", "right"], ["enter", "y", "Y"])),
            ((80, 24), "4", (["home"], ["enter"], ["escape", "e", "c"])),
        ):  # fmt: skip
            await pilot.resize_terminal(*size)
            await pilot.press(screen)
            for press in presses:
                await pilot.press(*press)
                await pilot.pause(0.02)
                assert_harmless(app, size[0])
        await pilot.press("ctrl+p", *text[:3].strip(), "down")
        for widget in app.screen.query(Lines):
            for line in widget.lines:
                assert "".join(ink.text for ink in line).isprintable()
        await pilot.press("enter")
        await pilot.pause()
        assert app.is_running
        for path in tmp_path.iterdir():
            assert "\x1b" not in path.read_text()


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
