"""The entry point: the dashboard on running sidecars."""

from __future__ import annotations

import locale
import sys
from collections.abc import Mapping, Sequence

from asyncwatch_tui.plain import run_plain
from asyncwatch_tui.sources import Source
from asyncwatch_tui.themes import THEMES


def start(
    url: str,
    token: str | None,
    *,
    theme: str = "night",
    ascii_signs: bool = False,
    reduced_motion: bool = False,
    keys: Mapping[str, str] | None = None,
    more: Sequence[tuple[str, str | None]] = (),
    ca_file: str | None = None,
    plain: bool = False,
) -> int:
    """Show the dashboard until the user ends it, and give the exit code: 0, or 2 where it could not be shown.

    `more`: addresses and tokens of further sidecars, shown together with the first. `ca_file`: the authority that signed
    their certificates. `plain`: lines instead of a screen, also into a pipe.

    `keys` puts actions on other keys (`{"pause": "p"}`). Signs are plain ASCII on a locale that is not UTF-8;
    NO_COLOR takes the colours away.
    """
    others = [Source(*one, ca_file) for one in more]
    if plain:
        return run_plain([Source(url, token, ca_file), *others])
    if theme not in THEMES:
        return _refuse(f"theme '{theme}': there is no such theme (hint: one of {', '.join(THEMES)})")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _refuse("the dashboard needs a terminal (hint: `asyncwatch check SPEC` prints a report into a pipe)")
    from asyncwatch_tui.app import Dashboard  # noqa: PLC0415 # lines need no screen

    try:
        dashboard = Dashboard(
            url, token, theme=theme, ascii_signs=ascii_signs or not speaks_utf8(),
            reduced_motion=reduced_motion, keys=keys, more=others, ca_file=ca_file,
        )  # fmt: skip
    except ValueError as fault:
        return _refuse(str(fault))
    ended = dashboard.run()
    return dashboard.return_code or ended or 0


def speaks_utf8() -> bool:
    """Tell whether the locale, and what we write to, are UTF-8."""
    written = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return written == "utf8" and locale.getpreferredencoding(do_setlocale=False).lower().replace("-", "") == "utf8"


def _refuse(message: str) -> int:
    sys.stderr.write(f"asyncwatch: {message}\n")
    return 2
