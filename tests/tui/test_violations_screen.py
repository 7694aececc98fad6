"""The Violations screen: what its keys do, what it asks for, what it says."""

from __future__ import annotations

import contextlib
import json
import sys

import pytest

from asyncwatch.model.view import OutletView
from asyncwatch_tui.feed import SidecarLost, SnapshotArrived
from asyncwatch_tui.screens.violations import ViolationsScreen
from asyncwatch_tui.widgets.lines import Lines

BIG, SMALL = (120, 36), (80, 24)


def text_on(app):
    lines = [line for widget in app.screen.query(Lines) if widget.display for line in widget.lines]
    return "\n".join("".join(ink.text for ink in line) for line in lines)


def violations(app):
    screen = app.frames["2"]
    assert isinstance(screen, ViolationsScreen)
    return screen


def chosen(app):
    findings = violations(app).findings
    row = findings.rows[findings.chosen_row()]
    return f"{row.rule} {row.address}"


def rules(app):
    findings = violations(app).findings
    return [findings.rows[at].rule for at in findings.entries]


async def until(pilot, true):
    for _ in range(200):
        await pilot.pause(0.01)
        if true():
            return
    raise AssertionError("it never came")


async def test_errors_stand_first_then_the_most_frequent_and_quiet_groups_are_folded(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("2")
        assert rules(app) == [
            "payload.schema", "payload.schema", "sequence.lost", "channel.undocumented", "event.late",
            "payload.content-type", "sequence.gap", "context.duplicate",
        ]  # fmt: skip
        assert "quiet 24 h: 2 groups" in text_on(app)
        await pilot.press("z")
        assert len(rules(app)) == 10
        assert "z fold" in text_on(app)


async def test_details_are_asked_once_the_selection_rests_and_are_kept(make_dashboard, story, told):
    snapshot = story.busy()
    source = told(story.detail(snapshot), story.detail(snapshot, 4, senders=[], sample=None))
    app = make_dashboard(snapshot, details=source)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("2")
        assert "the details are being fetched" in text_on(app)
        await pilot.press("down", "down", "up")
        await until(pilot, lambda: "unknown sender" in text_on(app))
        assert source.asked == [snapshot.findings[4].fingerprint]
        await pilot.press("up")
        await until(pilot, lambda: "2 904 of 2 904 invalid" in text_on(app))
        text = text_on(app)
        assert "31       - dueDate   ◄ required, absent" in text
        assert "parcels.yaml:31" in text
        assert "from header x-service-name" in text
        assert "in 1.8 % of InvoiceIssued" in text
        assert "✗ dueDate" in text
        assert "values hidden" in text
        await pilot.press("down", "up", "f12")
        await pilot.pause(0.3)
        assert len(source.asked) == 2


async def test_details_of_a_group_that_is_counted_on_are_asked_again_after_a_while(make_dashboard, story, told, clock):
    snapshot = story.busy()
    source = told(story.detail(snapshot))
    app = make_dashboard(snapshot, details=source)
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: source.asked)
        await until(pilot, lambda: "2 904 of 2 904 invalid" in text_on(app))
        newer = story.busy()
        newer.findings[0].count += 5
        app.post_message(SnapshotArrived(newer, clock()))
        await pilot.pause(0.3)
        assert len(source.asked) == 1
        clock.s += 5.1
        app.draw()
        await until(pilot, lambda: len(source.asked) == 2)


async def test_details_that_cannot_be_had_are_told_calmly(make_dashboard, story, told):
    app = make_dashboard(story.busy(), details=told(fault="no answer in time"))
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: "no answer in time" in text_on(app))
        assert "/dueDate is missing" in text_on(app)


async def test_nothing_is_asked_while_paused_or_without_the_sidecar(make_dashboard, story, told):
    source = told()
    app = make_dashboard(story.busy(), details=source)
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("space", "2")
        await pilot.pause(0.3)
        await pilot.press("space")
        app.post_message(SidecarLost("nobody answers there", 2.0))
        await pilot.pause(0.3)
        assert source.asked in ([], source.asked[:1])


async def test_enter_opens_the_finding_and_escape_leads_back(make_dashboard, story, told):
    snapshot = story.busy()
    app = make_dashboard(snapshot, details=told(story.detail(snapshot)))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "enter")
        await until(pilot, lambda: "who sends it" in text_on(app))
        assert "── Sample" not in text_on(app)
        await pilot.press("end")
        assert "── Sample" in text_on(app)
        assert "/dueDate is missing" not in text_on(app)
        await pilot.press("escape")
        assert "10 groups by severity" in text_on(app)
        await pilot.press("right")
        assert violations(app).full
        await pilot.press("left")
        assert not violations(app).full


@pytest.mark.parametrize("size", [SMALL, BIG])
async def test_what_the_schema_says_is_shown_where_no_line_of_a_document_is_known(make_dashboard, story, told, size):
    snapshot = story.busy()
    source = told(story.detail(snapshot, excerpt=None, schema='{"required": ["dueDate"], "type": "object"}'))
    app = make_dashboard(snapshot, details=source)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press("2", "enter")
        await until(pilot, lambda: '{"required": ["dueDate"]' in text_on(app))


async def test_findings_that_are_told_by_their_number_only_stand_beside_their_outlet(make_dashboard, story):
    outlets = [OutletView("findings", "ok", 0, 100_000, 0, 12_000, suppressed=412)]
    snapshot = story.busy()
    snapshot.view.outlets = outlets
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        assert "findings 412 as a count" in text_on(app)


async def test_panes_change_and_the_detail_scrolls(make_dashboard, story, told):
    snapshot = story.busy()
    app = make_dashboard(snapshot, details=told(story.detail(snapshot)))
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: "who sends it" in text_on(app))
        before = chosen(app)
        await pilot.press("tab", "pagedown", "pagedown")
        assert "✗ dueDate" in text_on(app)
        assert chosen(app) == before
        await pilot.press("escape", "down")
        assert chosen(app) == "payload.schema parcels.{depot}.sorted"


async def test_families_severities_and_filters_narrow_and_escape_shows_all(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "f")
        assert set(rules(app)) == {"payload.schema", "payload.content-type"}
        await pilot.press("f")
        assert set(rules(app)) == {"sequence.lost", "sequence.gap"}
        await pilot.press("escape")
        assert len(rules(app)) == 8
        chips = text_on(app).splitlines()[3]
        await pilot.click(offset=(chips.index("warning"), 3))
        assert "4 of 10 shown" not in text_on(app)
        assert "error" not in {violations(app).findings.rows[at].severity for at in violations(app).findings.entries}
        await pilot.press("escape", "slash", *"rule:sequence")
        assert set(rules(app)) == {"sequence.lost", "sequence.gap"}
        await pilot.press("escape", "slash", *"state:error", "space", *"rate", "greater_than_sign", "1", "enter")
        assert rules(app) == ["payload.schema"]
        assert "1 of 10 shown" in text_on(app)


async def test_sorting_keeps_severities_together(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "s", "right", "right", "right")
        assert "by severity, last seen" in text_on(app)
        severities = [violations(app).findings.rank(at) for at in violations(app).findings.entries]
        assert severities == sorted(severities)
        await pilot.press("s", "enter")
        assert violations(app).findings.sorting.descending is False


async def test_trouble_is_walked_through(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "end", "n")
        assert chosen(app) == "payload.schema invoices.issued"
        await pilot.press("N")
        assert chosen(app) == "sequence.lost parcels.{depot}.sorted"


async def test_muting_is_local_shown_and_ends_after_an_hour(make_dashboard, story, clock):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "m")
        assert "muted for 1 h: payload.schema" in text_on(app)
        assert "1 muted · quiet 24 h: 2 groups" in text_on(app)
        assert len(rules(app)) == 7
        await pilot.press("1")
        assert "✗2" in text_on(app)
        clock.s += 3_601
        app.draw()
        assert "✗3" in text_on(app)
        await pilot.press("2")
        assert len(rules(app)) == 8
        await pilot.press("m", "z")
        assert "muted for 1 h" in text_on(app)


async def test_unmuting(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "m", "z", "home", "m")
        assert "unmuted: payload.schema" in text_on(app)
        assert not violations(app).findings.silenced


async def test_copying_takes_what_is_known(make_dashboard, story, told):
    snapshot = story.busy()
    app = make_dashboard(snapshot, details=told(story.detail(snapshot)))
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: "who sends it" in text_on(app))
        await pilot.press("y")
        assert app.clipboard.startswith("error payload.schema: /dueDate is missing")
        assert "sender      invoices-api 2.9.1: 2 904 of 2 904 invalid" in app.clipboard
        assert "  >    31          - dueDate" in app.clipboard
        await pilot.press("Y")
        assert json.loads(app.clipboard)["excerpt"]["failing"] == 31


async def test_the_editor_gets_the_file_and_the_line_while_the_dashboard_waits(
    make_dashboard, story, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parcels.yaml").write_text("asyncapi: 3.0.0\n")
    seen = tmp_path / "seen"
    editor = tmp_path / "vim"
    editor.write_text(f"#!{sys.executable}\nimport sys\nopen({str(seen)!r}, 'w').write('|'.join(sys.argv[1:]))\n")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"'{editor}' -n")
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        monkeypatch.setattr(app, "suspend", contextlib.nullcontext)
        await pilot.press("2", "o")
        assert seen.read_text() == f"-n|+31|{tmp_path / 'parcels.yaml'}"
        (tmp_path / "parcels.yaml").unlink()
        await pilot.press("o")
        assert "the document does not lie on this machine" in text_on(app)
        await pilot.press("end")
        assert "does not lie on this machine" not in text_on(app)
        await pilot.press("o")
        assert "no line of a document says this rule" in text_on(app)


async def test_a_terminal_that_cannot_be_lent_is_told(make_dashboard, story, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parcels.yaml").write_text("")
    monkeypatch.setenv("EDITOR", sys.executable)
    monkeypatch.delenv("VISUAL", raising=False)
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "o")
        assert "this terminal cannot be lent to an editor" in text_on(app)


@pytest.mark.parametrize(("key", "ending"), [("c", "csv"), ("j", "json"), ("m", "md")])
async def test_what_shows_is_exported_and_no_file_is_written_over(
    make_dashboard, story, tmp_path, monkeypatch, key, ending
):
    monkeypatch.chdir(tmp_path)
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "slash", *"rule:sequence", "enter", "e", key)
        name = f"asyncwatch-findings-20260309-154720.{ending}"
        assert name in text_on(app)
        first = (tmp_path / name).read_text()
        assert first.count("sequence.lost") >= 1
        assert "payload.schema" not in first
        await pilot.press("e", key)
        assert (tmp_path / f"asyncwatch-findings-20260309-154720-2.{ending}").read_text() == first


async def test_an_export_that_cannot_be_written_is_told(make_dashboard, story, tmp_path, monkeypatch):
    folder = tmp_path / "away"
    folder.mkdir()
    monkeypatch.chdir(folder)
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "e", "down")
        folder.rmdir()
        await pilot.press("enter")
        assert "not written: No such file" in text_on(app)


async def test_the_mouse_chooses_opens_and_scrolls(make_dashboard, story, told):
    snapshot = story.busy()
    app = make_dashboard(snapshot, details=told(story.detail(snapshot)))
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2")
        await pilot.click(offset=(10, 8))
        assert chosen(app) == "payload.schema parcels.{depot}.sorted"
        await pilot.click(offset=(90, 20))
        assert violations(app).pane == "detail"
        await pilot.click(offset=(10, 6), times=2)
        assert violations(app).full


async def test_without_findings_it_is_calm_and_says_what_was_looked_at(make_dashboard, story):
    quiet = story.snapshot([(story.channel("a", valid=5, unchecked=2), story.view())])
    app = make_dashboard(quiet)
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2", "enter", "o", "m", "y", "f", "n", "tab", "slash", "z")
        text = text_on(app)
        assert "Nothing was found so far." in text
        assert "5 messages were checked, 2 were not." in text


async def test_a_sidecar_that_tells_no_more_than_rows_is_shown_with_what_there_is(make_dashboard, story):
    snapshot = story.running()
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("2")
        text = text_on(app)
        assert "this sidecar does not tell more about a finding" in text
        assert "–" in text


async def test_a_finding_of_the_overview_is_opened_with_enter(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("tab", "down", "down", "enter")
        await until(pilot, lambda: violations(app).full)
        assert chosen(app) == "sequence.gap routes.planned"
