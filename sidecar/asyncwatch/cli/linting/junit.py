"""What strict reading found as JUnit XML: a document is a test case, the findings that fail it are its failure."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.cli.formats.junit import attribute, text
from asyncwatch.contract.lint import Lint


def as_junit(found: Sequence[Lint], fail_on: FailOn) -> str:
    """Write one test suite."""
    cases: list[str] = []
    failures = 0
    for one in found:
        failing = [finding for finding in one.findings if fail_on.counts_in_lint(finding.rule, finding.severity)]
        body = ""
        if failing:
            failures += 1
            lines = "\n".join(f"{each.position}: {each.severity} {each.rule}: {each.summary}" for each in failing)
            first = failing[0]
            body = f"<failure message={attribute(first.summary)} type={attribute(first.rule)}>{text(lines)}</failure>"
        cases.append(f'  <testcase classname="document" name={attribute(one.path)}>{body}</testcase>\n')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuite name="asyncwatch lint" tests="{len(cases)}" failures="{failures}">\n{"".join(cases)}</testsuite>\n'
    )
