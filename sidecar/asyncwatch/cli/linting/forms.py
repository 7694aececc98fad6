"""The result of `lint` in each form that `--format` names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.contract.lint import Lint

Form = Callable[[Sequence[Lint], FailOn, bool], str]


def _text(found: Sequence[Lint], fail_on: FailOn, color: bool) -> str:
    from asyncwatch.cli.linting.text import as_text  # noqa: PLC0415 # the start of lint is measured

    return as_text(found, color)


def _json(found: Sequence[Lint], fail_on: FailOn, color: bool) -> str:
    from asyncwatch.cli.linting.json import as_json  # noqa: PLC0415 # the start of lint is measured

    return as_json(found)


def _junit(found: Sequence[Lint], fail_on: FailOn, color: bool) -> str:
    from asyncwatch.cli.linting.junit import as_junit  # noqa: PLC0415 # the start of lint is measured

    return as_junit(found, fail_on)


def _sarif(found: Sequence[Lint], fail_on: FailOn, color: bool) -> str:
    from asyncwatch.cli.formats.sarif import document_results, sarif_log  # noqa: PLC0415 # the start of lint is measured

    return sarif_log(document_results([finding for one in found for finding in one.findings]))


def _github(found: Sequence[Lint], fail_on: FailOn, color: bool) -> str:
    from asyncwatch.cli.formats.github import document_annotations  # noqa: PLC0415 # the start of lint is measured

    lines = document_annotations([finding for one in found for finding in one.findings])
    return "".join(line + "\n" for line in lines)


FORMS: Final[dict[str, Form]] = {"text": _text, "json": _json, "junit": _junit, "sarif": _sarif, "github": _github}
"""(what was found, what fails, colour) → text."""
