"""The entry point: what cannot be shown is told, and exits with 2."""

from __future__ import annotations

import io
import locale
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from asyncwatch_tui.start import speaks_utf8, start


def test_the_entry_point_is_found_by_name():
    found = [point for point in entry_points(group="asyncwatch.dashboard") if point.name == "terminal"]
    assert found[0].load() is start


def test_an_unknown_theme_is_told(capsys):
    assert start("http://127.0.0.1:1", None, theme="pink") == 2
    assert "theme 'pink': there is no such theme (hint: one of night, colour-blind" in capsys.readouterr().err


def test_without_a_terminal_it_says_what_to_do_instead(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert start("http://127.0.0.1:1", None) == 2
    assert "needs a terminal (hint: `asyncwatch check SPEC`" in capsys.readouterr().err


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_keys_that_cannot_be_are_told(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stdout", Terminal())
    assert start("http://127.0.0.1:1", None, keys={"dance": "d"}) == 2
    assert "key for 'dance': there is no such action" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("encoding", "preferred", "speaks"),
    [("utf-8", "UTF-8", True), ("UTF8", "utf-8", True), ("ascii", "UTF-8", False), ("utf-8", "ANSI_X3.4-1968", False)],
)
def test_signs_are_plain_where_the_locale_is_not_utf8(monkeypatch, encoding, preferred, speaks):
    terminal = Terminal()
    terminal.encoding = encoding
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr(locale, "getpreferredencoding", lambda do_setlocale=True: preferred)
    assert speaks_utf8() == speaks


def test_the_dashboard_needs_only_the_vocabulary_of_the_core():
    code = (
        "import sys, asyncwatch_tui.start; "
        "print(sorted(name for name in sys.modules if name.startswith('asyncwatch.') and not name.startswith('asyncwatch.model')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
