"""Consumer groups in the text report."""

from asyncwatch.cli.formats.lag_text import lag_text
from asyncwatch.model.report import LagRow


def row(group, status, messages=0, seconds=0.0, **more):
    values = {"velocity": None, "catch_up_seconds": None, "retention_seconds": None, "members": None, "partition": None}
    values |= more
    return LagRow(
        server="production", group=group, address="orders.created", as_of="2026-01-01T00:00:00Z", messages=messages,
        seconds=seconds, status=status, **values,
    )  # fmt: skip


def plain(role, text):
    return text


def test_groups_are_told_worst_first_and_a_dash_is_not_known():
    text = lag_text(
        [
            row("calm", "idle", members=1),
            row("billing", "stopped", 286, 31.04, velocity=9.2, members=0),
            row("billing", "stopped", 286, 31.0, partition=0),
            row("cache\x1b[31m", "unknown", None, None),
        ],
        plain,
    )
    lines = text.splitlines()
    assert [line.split()[0] for line in lines] == ["consumer", "billing", lines[2].split()[0], "calm"]
    assert lines[1].split() == ["billing", "orders.created", "stopped", "286", "31.0", "+9.2", "0"]
    assert "\x1b" not in text
    assert lines[2].split()[-4:] == ["-", "-", "-", "-"]


def test_not_asked_is_silent_and_none_is_said():
    assert lag_text(None, plain) == ""
    assert lag_text([], plain) == "no consumer group reads these channels\n"


def test_many_groups_are_cut_with_a_count():
    text = lag_text([row(f"g{number}", "ok") for number in range(30)], plain)
    assert text.endswith("10 more groups, none of them worse\n")
