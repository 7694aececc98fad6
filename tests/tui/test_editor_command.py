"""The command line that opens a document at a line."""

from __future__ import annotations

import pytest

from asyncwatch_tui.editor import NoEditor, editor_command


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "orders.yaml"
    path.write_text("asyncapi: 3.0.0\n")
    return path


@pytest.fixture
def installed(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("vi", "nvim", "code", "hx", "scribble"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("editor", "expected"),
    [
        ("nvim", ["nvim", "+12", "FILE"]),
        ("nvim -R", ["nvim", "-R", "+12", "FILE"]),
        ("code", ["code", "--wait", "--goto", "FILE:12"]),
        ("hx", ["hx", "FILE:12"]),
        ("scribble", ["scribble", "FILE"]),
        (None, ["vi", "+12", "FILE"]),
    ],
)
def test_each_editor_gets_the_line_in_its_own_way(installed, document, editor, expected):
    environ = {} if editor is None else {"EDITOR": editor}
    found = editor_command(str(document), 12, environ)
    assert [word.replace(str(document), "FILE") for word in found] == expected


def test_visual_counts_before_editor_and_without_a_line_only_the_file_is_given(installed, document):
    environ = {"EDITOR": "code", "VISUAL": "nvim"}
    assert editor_command(str(document), None, environ) == ["nvim", str(document)]


def test_a_name_is_never_an_option(installed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-c quit.yaml").write_text("")
    assert editor_command("-c quit.yaml", 3, {"EDITOR": "nvim"})[-1] == str(tmp_path / "-c quit.yaml")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("https://example.com/orders.yaml", "read from an address"),
        ("absent.yaml", "does not lie on this machine"),
        (".", "does not lie on this machine"),
        ("a\0b", "does not lie on this machine"),
        ("x" * 5_000, "does not lie on this machine"),
    ],
)
def test_what_is_no_file_here_is_told(installed, file, told):
    with pytest.raises(NoEditor, match=told):
        editor_command(file, 1, {"EDITOR": "nvim"})


@pytest.mark.parametrize("editor", ["absent-editor", "'"])
def test_an_editor_that_is_not_there_is_told(installed, document, editor):
    with pytest.raises(NoEditor, match="set EDITOR"):
        editor_command(str(document), 1, {"EDITOR": editor})
