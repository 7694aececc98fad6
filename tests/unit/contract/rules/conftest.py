"""Documents under the rules alone, without the grammar."""

import textwrap

import pytest

from asyncwatch.contract.findings import Findings
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.load import load_contract
from asyncwatch.contract.references import Documents
from asyncwatch.contract.rules.table import check_rules


@pytest.fixture
def found():
    """Give a function that tells the findings of the rules: severity, rule, line and column, summary."""

    def check(text, *, files=(), only=""):
        data = {"doc.yaml": textwrap.dedent(text).lstrip("\n").encode()}

        def read(path):
            name = path.rpartition("/")[2]
            return data[name] if name in data else dict(files)[name].encode()

        contract = load_contract("doc.yaml", read)
        documents = Documents("doc.yaml", read)
        root = documents.open()
        major, minor = map(int, contract.spec_version.split(".")[:2])
        findings = Findings(documents.position)
        check_rules(Inspected(documents, root, major, minor, contract, findings))
        return [
            (
                one.severity,
                one.rule.removeprefix("document."),
                f"{one.position.line}:{one.position.column}",
                one.summary,
            )
            for one in findings.all()
            if one.rule.startswith("document." + only)
        ]

    return check
