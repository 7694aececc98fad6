"""Every text that `lint` prints, byte for byte: the line and column of each finding are those of the document above it."""

import os
import re
from pathlib import Path

import pytest

from asyncwatch.cli.fail_on import compile_fail_on
from asyncwatch.cli.linting.forms import FORMS
from asyncwatch.contract.lint import lint_document

HERE = Path(__file__).parent / "lint"
FILES = ("orders.yaml", "parcels.json", "common.yaml", "cut.yaml", "notes.yaml", "fine.yaml")
DOCUMENTS = ("orders.yaml", "parcels.json", "cut.yaml", "notes.yaml", "fine.yaml")


@pytest.fixture(scope="module")
def found():
    texts = {name: (HERE / name).read_bytes() for name in FILES}

    def read(path):
        return texts[os.path.relpath(path, HERE) if os.path.isabs(path) else path]

    before = os.getcwd()
    os.chdir(HERE)
    try:
        return [lint_document(name, read) for name in DOCUMENTS]
    finally:
        os.chdir(before)


@pytest.mark.parametrize("form", list(FORMS))
def test_lint_text(found, form):
    text = FORMS[form](found, compile_fail_on(None), False)
    path = HERE / f"expected.{form}"
    if os.environ.get("ASYNCWATCH_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_each_finding_stands_where_a_note_beside_the_fault_says(found):
    """A fault's line ends in `# fault: RULE…`, its column is that of the first word of the line or of what follows `- `."""
    for lint in found[:1]:
        lines = (HERE / lint.path).read_text().splitlines()
        noted = {
            (number, rule)
            for number, line in enumerate(lines, 1)
            if (note := re.search(r"# fault: (.+)$", line)) is not None
            for rule in note[1].split()
        }
        told = {(one.position.line, one.rule.removeprefix("document.")) for one in lint.findings}
        assert told == noted
        for one in lint.findings:
            text = lines[one.position.line - 1][one.position.column - 1 :]
            last = one.pointer.removesuffix("/$ref").rpartition("/")[2].replace("~1", "/")
            assert last.isdigit() or re.match(rf"['\"{{ ]*{re.escape(last)}", text), (one, text)
