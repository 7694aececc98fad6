"""Public documents, read in place: the verdict is the official parser's, and what programs are told has its shape."""

from __future__ import annotations

import json
import os

import pytest

from asyncwatch.cli.linting.json import as_json
from asyncwatch.contract.lint import lint_document
from asyncwatch.reading.files import read_file


@pytest.fixture(scope="module")
def found(shared):
    """Those of `social-media` share parts beside their folders."""
    folder = shared / "corpus" / "asyncapi"
    documents = json.loads((folder / "expected.json").read_bytes())["documents"]
    return [
        (
            one,
            lint_document(
                str(folder / one["file"]), read_file,
                folder=str((folder / one["file"]).parent.parent) if "social-media" in one["file"] else None,
            ),
        )
        for one in documents
    ]  # fmt: skip


def test_every_verdict_is_the_official_one(found):
    ours = {one["file"]: lint.verdict for one, lint in found}
    assert ours == {one["file"]: one["official"]["verdict"] for one, _ in found}
    assert len(ours) == 67


def test_what_makes_a_document_invalid_is_an_error_and_nothing_else_is(found):
    for one, lint in found:
        errors = [finding.rule for finding in lint.findings if finding.severity == "error"]
        expected = ["document.reference-remote"] * 2 if lint.verdict == "invalid" else []
        assert errors == expected, one["file"]


def test_every_finding_has_a_place_in_a_file_that_was_read(found):
    places = 0
    for _, lint in found:
        for finding in lint.findings:
            lines = lint.contract.texts[finding.position.file].splitlines()
            assert 1 <= finding.position.line <= len(lines)
            assert 1 <= finding.position.column <= len(lines[finding.position.line - 1]) + 1
            places += 1
    assert places > 20


def test_programs_are_told_verdict_findings_and_facts(found):
    written = json.loads(as_json([lint for _, lint in found]))["documents"]
    for (one, lint), document in zip(found, written, strict=True):
        assert list(document) == ["path", "verdict", "findings", "facts", "strength"]
        assert os.path.basename(document["path"]) == os.path.basename(one["file"])
        assert document["verdict"] == lint.verdict
        if "facts" in one:
            assert document["facts"].keys() == one["facts"].keys()
