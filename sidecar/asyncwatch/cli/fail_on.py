"""What makes `check` and `replay` end with 1.

Rule 1: a severity means itself and worse; a rule id always counts; a family counts with its errors and warnings.
Rule 2: findings about the document count only when they are named.
Source: interfaces.md §1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.model.errors import Misconfigured
from asyncwatch.model.report import FindingRow
from asyncwatch.model.rules import FAMILIES, RULES
from asyncwatch.model.severity import SEVERITIES


@dataclass(frozen=True, slots=True)
class FailOn:
    """A compiled `--fail-on`."""

    severities: frozenset[str]
    rules: frozenset[str]
    families: frozenset[str]

    def counts(self, rule: str, severity: str) -> bool:
        """Tell whether a finding of a rule with a severity makes the run fail."""
        family = rule.partition(".")[0]
        if rule in self.rules or (family in self.families and severity in {"error", "warning"}):
            return True
        return family != "document" and severity in self.severities

    def counts_in_lint(self, rule: str, severity: str) -> bool:
        """Tell whether a finding of `lint` makes it fail: there a document's findings count without being named."""
        return self.counts(rule, severity) or severity in self.severities

    def found(self, findings: Sequence[FindingRow], document: Sequence[DocumentFinding]) -> int:
        """Count the groups and document findings that make the run fail."""
        return sum(self.counts(one.rule, one.severity) for one in findings) + sum(
            self.counts(one.rule, one.severity) for one in document
        )


def compile_fail_on(given: Sequence[str] | None) -> FailOn:
    """Read the words of `--fail-on`. Raises: Misconfigured."""
    words = [word.strip() for one in given or ["error"] for word in one.split(",") if word.strip()]
    severities: set[str] = set()
    rules: set[str] = set()
    families: set[str] = set()
    for word in words:
        if word == "none":
            continue
        if word in SEVERITIES[:3]:
            severities.update(SEVERITIES[: SEVERITIES.index(word) + 1])
        elif word in RULES or word.startswith("document."):
            rules.add(word)
        elif word in FAMILIES or word == "document":
            families.add(word)
        else:
            raise Misconfigured(
                f"--fail-on '{word}' is no severity, rule or family", hint="see 'asyncwatch rules' for the rules"
            )
    return FailOn(frozenset(severities), frozenset(rules), frozenset(families))
