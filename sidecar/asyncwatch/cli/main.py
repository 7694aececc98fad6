"""The command line: which command is meant, and how a fault at start is told.

Rule 1: a first word that is no command is a document, and means `watch`.
Rule 2: a command's own modules are loaded when it is called; `--version` loads nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from asyncwatch import __version__
from asyncwatch.cli.exits import FINE, NOT_OBSERVED, WRONG_USAGE

COMMANDS: Final = ("watch", "run", "attach", "check", "replay", "capture", "lint", "plan", "demo", "doctor", "rules")
"""Written here so that `--version` loads nothing; the command line is built from it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name, and end the process with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        sys.stdout.write(f"asyncwatch {__version__}\n")
        sys.exit(FINE)
    sys.exit(_run(_with_command(given)))


def _with_command(given: list[str]) -> list[str]:
    if not given or given[0] in {"-h", "--help", *COMMANDS}:
        return given
    if given[0].startswith("-"):
        return ["watch", *given] if any(not one.startswith("-") for one in given) else given
    return ["watch", *given]


def _run(given: list[str]) -> int:
    from asyncwatch.cli.command_line import build_cli  # noqa: PLC0415 # rule 2
    from asyncwatch.cli.complain import complain  # noqa: PLC0415 # rule 2
    from asyncwatch.model.errors import AsyncwatchError, Misconfigured  # noqa: PLC0415 # rule 2

    try:
        build_cli(given[0] if given and given[0] in COMMANDS else None)(
            args=given or ["--help"], prog_name="asyncwatch"
        )
    except SystemExit as end:  # every command ends like this, with its code
        return end.code if isinstance(end.code, int) else WRONG_USAGE
    except Misconfigured as error:
        complain(error)
        return WRONG_USAGE
    except AsyncwatchError as error:
        complain(error)
        return NOT_OBSERVED
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us is gone: nothing more to say, and no complaint at exit
        return FINE
    return FINE
