"""The command line: every command by its name, put together when it is needed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Final

import typer

from asyncwatch.cli.main import COMMANDS

_HELP: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def build_cli(only: str | None = None) -> typer.Typer:
    """Build the command line of all commands, or of one whose module alone is loaded then."""
    cli = typer.Typer(
        name="asyncwatch", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
        pretty_exceptions_enable=False, context_settings=_HELP,
        help="Check live broker traffic against AsyncAPI documents, without touching anything.\n\n"
        "'asyncwatch SPEC...' is the same as 'asyncwatch watch SPEC...'.",
    )  # fmt: skip
    for name in COMMANDS if only is None else (only,):
        command = getattr(import_module(f"asyncwatch.cli.commands.{name}"), name)
        cli.command()(_ending(command))
    if only is not None:
        cli.callback()(_nothing)  # else a line of one command takes no command's name
    return cli


def _nothing() -> None:
    """Stand where a command line keeps options of its own; ours has none."""


def _ending(command: Callable[..., int]) -> Callable[..., None]:
    """Make a command end the process with the code it returns."""

    @functools.wraps(command)
    def run_and_end(**values: object) -> None:
        raise typer.Exit(command(**values))

    return run_and_end
