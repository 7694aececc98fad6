"""The rules of documents that a grammar cannot say, in the order in which they are tried.

Rule 1: severity `error` is what makes a document invalid for the official parser; all that it lacks is a warning or info.
Rule 2: a rule passes over what the grammar finds broken; nothing is said twice.
Rule 3: work is bounded; what is left out because of that is said (`document.unexamined`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.rules.identifiers import unique_identifiers
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.rules.tags import unique_tag_names

Rule = Callable[[Survey], None]

RULES: Final[tuple[Rule, ...]] = (
    unique_identifiers,
    unique_tag_names,
)  # fmt: skip


def check_rules(inspected: Inspected) -> None:
    """Try every rule on a document; what is wrong goes to its findings.

    Raises: nothing; bad input is a finding.
    """
    survey = Survey(inspected)
    for rule in RULES:
        rule(survey)
