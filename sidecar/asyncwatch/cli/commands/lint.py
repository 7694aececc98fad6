"""The command `lint`: its options and help."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.exits import FINE, FOUND


def lint(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC...]",
            help="AsyncAPI documents, folders that are searched for them, or patterns; else those of the configuration.",
        ),
    ] = None,
    config: given.Config = None,
    fail_on: given.FailOn = None,
    form: given.Format = "text",
    output: given.Output = None,
    color: given.Color = "auto",
) -> int:
    """Is the document right? Findings with file, line and column, and how much it says about its messages.

    Exits 1 if something at or above --fail-on was found, 2 if a file cannot be read. Reads files only.

    Example: asyncwatch lint docs/ --fail-on warning --format sarif -o lint.sarif
    """
    from asyncwatch.cli.fail_on import compile_fail_on  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.ink import wants_color  # noqa: PLC0415
    from asyncwatch.cli.linting.forms import FORMS  # noqa: PLC0415
    from asyncwatch.cli.linting.gather import gather  # noqa: PLC0415
    from asyncwatch.cli.linting.run import lint_all  # noqa: PLC0415
    from asyncwatch.cli.output import write_output  # noqa: PLC0415

    given.check_output(output)
    failing = compile_fail_on(fail_on)
    named, severities = _configured(specs, config)
    found = lint_all(gather(named), severities=severities)
    write_output(FORMS[form](found, failing, output is None and wants_color(color)), output)
    is_failed = any(failing.counts_in_lint(each.rule, each.severity) for one in found for each in one.findings)
    return FOUND if is_failed else FINE


def _configured(specs: list[str] | None, config: str | None) -> tuple[list[str], Mapping[str, str]]:
    """Give the documents, and the severities of rules; the configuration's modules are loaded where one may be there.

    Raises: MisconfiguredAll.
    """
    if specs and config is None and not any(name.startswith("ASYNCWATCH_") for name in os.environ):
        return specs, {}
    from asyncwatch.cli.configured import configuration, documents  # noqa: PLC0415 # half the start of lint

    return documents(specs, config), configuration(config).rules()[0]
