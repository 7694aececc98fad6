"""Files that an export writes: harmless text, and never over another file."""

from __future__ import annotations

import csv
import io
import json

import pytest

from asyncwatch_tui.export import FORMS, Export, text_of, write_new_file

EVIL = (
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@x",
    "  =1",
    "\t=1",
    "a\nb",
    '"',
    "\x1b[31m",
    "|",
    "<script>",
    "`",
    "[a](b)",
    "通",
    "",
)


def export(value, number=3.5):
    return Export(
        "findings", 1, ("name", "number", "nothing"), lambda: [(value, number, None)], lambda: [{"name": value}],
        "2026-03-09T15:47:20.500000Z",
    )  # fmt: skip


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_a_spreadsheet_takes_no_text_for_a_formula(text):
    rows = list(csv.reader(io.StringIO(text_of(export(text), "csv"), newline="")))
    assert rows[0] == ["name", "number", "nothing"]
    assert len(rows) == 2
    assert rows[1][0].strip()[:1] not in {"=", "+", "-", "@"}
    assert rows[1][1:] == ["3.5", ""]
    assert rows[1][0].isprintable()


def test_a_number_that_is_negative_stays_a_number():
    assert "x,-4.5," in text_of(export("x", -4.5), "csv")


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_markdown_keeps_its_table(text):
    lines = text_of(export(text), "md").splitlines()
    assert lines[0] == "1 findings at 2026-03-09T15:47:20.500000Z"
    assert len(lines) == 5
    assert lines[4].replace("\\|", "").count("|") == 4
    assert "<script>" not in lines[4]
    assert lines[4].endswith("| 3.5 | – |")


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_json_holds_the_text_as_it_is(text):
    written = text_of(export(text), "json")
    assert json.loads(written) == [{"name": text}]
    assert "\x1b" not in written


@pytest.mark.parametrize("form", FORMS)
def test_a_file_or_link_that_is_there_is_left_alone(tmp_path, form):
    name = f"asyncwatch-findings-20260309-154720.{form}"
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    (tmp_path / f"asyncwatch-findings-20260309-154720-2.{form}").write_text("mine")
    path = write_new_file(tmp_path, export("x"), form)
    assert path.name == f"asyncwatch-findings-20260309-154720-3.{form}"
    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / f"asyncwatch-findings-20260309-154720-2.{form}").read_text() == "mine"


def test_a_moment_from_outside_never_leads_out_of_the_folder(tmp_path):
    hostile = export("x")._replace(moment="../../../etc/2026")
    assert write_new_file(tmp_path, hostile, "csv").parent == tmp_path
