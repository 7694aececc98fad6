"""The command `rules`: its options and help."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from asyncwatch.cli.exits import FINE


def rules(
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="Explain this rule.")] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the output.")] = "text",
) -> int:
    """The catalogue of rules, or one explained.

    Example: asyncwatch rules payload.schema
    """
    from asyncwatch.cli.rules import rules_text  # noqa: PLC0415 # loaded when called

    sys.stdout.write(rules_text(rule, form))
    return FINE
