"""The command line that opens a document in somebody's editor at a line."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PLUS_LINE: Final = frozenset({
    "vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "kak", "micro", "joe", "jed", "mg", "ne", "ed", "pico", "vis",
})  # fmt: skip
"""Editors that take the line as `+12` before the file."""
_COLON_LINE: Final = frozenset({"hx", "helix", "subl", "zed"})
"""Editors that take it behind the file's name."""
_GOTO: Final = frozenset({"code", "codium", "cursor", "code-insiders"})


class NoEditor(Exception):
    """The document cannot be opened; the text says why, for the screen."""


def editor_command(file: str, line: int | None, environ: Mapping[str, str] | None = None) -> list[str]:
    """Give the command for a document that lies on this machine.

    `VISUAL` counts before `EDITOR`, else vi or nano. An editor whose way to name a line is not known gets the file only.
    The file's name never becomes an option: the path is absolute.

    Raises: NoEditor.
    """
    environ = os.environ if environ is None else environ
    path = _local(file)
    given = environ.get("VISUAL") or environ.get("EDITOR")
    if given:
        try:
            words = shlex.split(given)
        except ValueError:
            words = []
    else:
        words = [name for name in ("vi", "nano") if shutil.which(name)][:1]
    if not words or shutil.which(words[0]) is None:
        named = f"'{words[0]}' is not there" if words else "none is set"
        raise NoEditor(f"no editor: {named}; set EDITOR")
    name = Path(words[0]).name
    if line is None:
        return [*words, str(path)]
    if name in _PLUS_LINE:
        return [*words, f"+{line}", str(path)]
    if name in _COLON_LINE:
        return [*words, f"{path}:{line}"]
    if name in _GOTO:
        return [*words, "--wait", "--goto", f"{path}:{line}"]
    return [*words, str(path)]


def _local(file: str) -> Path:
    if "://" in file and not file.startswith("file://"):
        raise NoEditor("the document was read from an address; there is no file to open")
    try:
        path = Path(file.removeprefix("file://")).absolute()
        if path.is_file():
            return path
    except (OSError, ValueError):
        pass
    raise NoEditor("the document does not lie on this machine")
