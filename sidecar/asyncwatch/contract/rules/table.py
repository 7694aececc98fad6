"""The rules of documents that a grammar cannot say, in the order in which they are tried.

Rule 1: severity `error` is what makes a document invalid for the official parser; all that it lacks is a warning or info.
Rule 2: a rule passes over what the grammar finds broken; nothing is said twice.
Rule 3: work is bounded; what is left out because of that is said (`document.unexamined`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.rules.ambiguity import distinct_messages
from asyncwatch.contract.rules.contradictions import contradictory_schemas
from asyncwatch.contract.rules.delimiters import no_query_nor_fragment
from asyncwatch.contract.rules.discriminators import usable_discriminators
from asyncwatch.contract.rules.examples import fitting_examples
from asyncwatch.contract.rules.expressions import complete_expressions
from asyncwatch.contract.rules.foreign_schemas import readable_foreign_schemas
from asyncwatch.contract.rules.identifiers import unique_identifiers
from asyncwatch.contract.rules.in_place import endless_schemas
from asyncwatch.contract.rules.keywords import effective_keywords, keywords_beside_references
from asyncwatch.contract.rules.parameters import described_placeholders
from asyncwatch.contract.rules.patterns import readable_patterns
from asyncwatch.contract.rules.replies import consistent_replies
from asyncwatch.contract.rules.roots import named_servers, referred_channels
from asyncwatch.contract.rules.schema_values import fitting_schema_values
from asyncwatch.contract.rules.security import known_security
from asyncwatch.contract.rules.server_variables import described_variables
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.rules.tags import unique_tag_names
from asyncwatch.contract.rules.version import published_version

Rule = Callable[[Survey], None]

RULES: Final[tuple[Rule, ...]] = (
    published_version,
    described_variables,
    known_security,
    named_servers,
    no_query_nor_fragment,
    described_placeholders,
    unique_identifiers,
    referred_channels,
    consistent_replies,
    unique_tag_names,
    complete_expressions,
    readable_foreign_schemas,
    fitting_examples,
    fitting_schema_values,
    endless_schemas,
    readable_patterns,
    effective_keywords,
    keywords_beside_references,
    contradictory_schemas,
    usable_discriminators,
    distinct_messages,
)  # fmt: skip


def check_rules(inspected: Inspected) -> None:
    """Try every rule on a document; what is wrong goes to its findings.

    Raises: nothing; bad input is a finding.
    """
    survey = Survey(inspected)
    for rule in RULES:
        rule(survey)
