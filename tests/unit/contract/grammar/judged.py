"""A document in a test's text, and what the grammar finds in it."""

from __future__ import annotations

import textwrap

from asyncwatch.contract.findings import Findings
from asyncwatch.contract.grammar.validate import validate
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.references import Documents

_INFO = "info: {title: a, version: '1'}\n"


def findings_of(text, folder, **files):
    """Judge a document; more files stand beside it, `_` in their names for `.`."""
    text = textwrap.dedent(text)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(textwrap.dedent(content), encoding="utf-8")
    path = folder / "document.yaml"
    path.write_text(text, encoding="utf-8")

    def read(name):
        with open(name, "rb") as file:
            return file.read()

    documents = Documents(str(path), read)
    root = documents.open()
    major, minor = map(int, root.value["asyncapi"].split(".")[:2])
    findings = Findings(documents.position)
    validate(Inspected(documents, root, major, minor, None, findings))
    return findings.all()


def told(text, folder, **files):
    """Give each finding as `line:column severity rule: summary`."""
    return [
        f"{one.position.line}:{one.position.column} {one.severity} {one.rule}: {one.summary}"
        for one in findings_of(text, folder, **files)
    ]


def in_3(text, version="3.0.0"):
    """Begin a document of 3.x: the text begins in line 3."""
    return f"asyncapi: {version}\n{_INFO}" + textwrap.dedent(text).lstrip("\n")


def in_2(text, version="2.6.0"):
    """Begin a document of 2.x: the text begins in line 4."""
    return f"asyncapi: {version}\n{_INFO}channels: {{}}\n" + textwrap.dedent(text).lstrip("\n")
