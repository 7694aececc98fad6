"""The command `lint`: its options and help."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.exits import FINE, FOUND

if TYPE_CHECKING:
    from asyncwatch.config.settings import ReferenceSettings


def lint(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SPEC...]",
            help="AsyncAPI documents, folders that are searched for them, or patterns; else those of the configuration.",
        ),
    ] = None,
    config: given.Config = None,
    allow_remote: given.AllowRemote = None,
    reference_folder: given.ReferenceFolder = None,
    fail_on: given.FailOn = None,
    form: given.Format = "text",
    output: given.Output = None,
    color: given.Color = "auto",
) -> int:
    """Is the document right? Findings with file, line and column, and how much it says about its messages.

    Exits 1 if something at or above --fail-on was found, 2 if a file cannot be read. Reads files only, unless
    --allow-remote says otherwise.

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
    named, severities, references = _configured(specs, config, allow_remote, reference_folder)
    found = lint_all(gather(named), severities=severities, references=references)
    write_output(FORMS[form](found, failing, output is None and wants_color(color)), output)
    is_failed = any(failing.counts_in_lint(each.rule, each.severity) for one in found for each in one.findings)
    return FOUND if is_failed else FINE


def _configured(
    specs: list[str] | None, config: str | None, allow_remote: list[str] | None, reference_folder: str | None
) -> tuple[list[str], Mapping[str, str], ReferenceSettings | None]:
    """Give the documents, the severities of rules, and where references may lead beside the documents' folders.

    The configuration's modules are loaded where one may be there, or flags go with it.

    Raises: MisconfiguredAll.
    """
    is_plain = config is None and not allow_remote and reference_folder is None
    if specs and is_plain and not any(name.startswith("ASYNCWATCH_") for name in os.environ):
        return specs, {}, None
    from asyncwatch.cli.configured import configuration, documents, references  # noqa: PLC0415 # half the start of lint

    found = configuration(config)
    return documents(specs, config), found.rules()[0], references(found, allow_remote, reference_folder)
