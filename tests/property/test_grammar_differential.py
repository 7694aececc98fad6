"""The grammar against the official meta schemas, on documents that were right until one place was changed."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter

import pytest

from asyncwatch.contract.findings import Findings
from asyncwatch.contract.grammar.validate import validate
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.references import Documents
from conftest import require
from property.asyncapi_differences import explain
from property.asyncapi_mutations import mutate, read, sample_documents
from property.oracle_asyncapi import is_valid
from servers.install import missing_for_asyncapi_schemas

_EACH = 500
_MOST_DIFFERENCES = 0.02


def judge(path, document, folder, opened):
    """What the grammar finds wrong in a document that stands at a path."""
    data = json.dumps(document).encode()
    real = os.path.realpath(path)

    def opening(name):
        if os.path.realpath(name) == real:
            return data
        if name not in opened:
            with open(name, "rb") as file:
                opened[name] = file.read()
        return opened[name]

    documents = Documents(path, opening, folder)
    root = documents.open()
    major, minor = map(int, document["asyncapi"].split(".")[:2])
    findings = Findings(documents.position)
    validate(Inspected(documents, root, major, minor, None, findings))
    return [one for one in findings.all() if one.severity == "error"]


def compare(bases, files, folder, seed):
    """Change one place in each of many documents and compare the verdicts; differences are counted by class."""
    fortune = random.Random(seed)
    agreed, differences, opened = Counter(), Counter(), {}
    for _ in range(_EACH):
        name, document = fortune.choice(bases)
        changed, what = mutate(document, fortune)

        def seen(file, name=name, changed=changed):
            return changed if file == name else files(file)

        faults = judge(os.path.join(folder, name), changed, folder, opened)
        official = is_valid(seen, name)
        if official is (not faults):
            agreed[official] += 1
            continue
        explained = explain(seen, name, faults)
        found = [f"{one.rule} {one.pointer}: {one.summary}" for one in faults]
        assert explained, f"{name}, {what}: official {official}, {found}\n{json.dumps(changed)}"
        differences[explained] += 1
    print(f"agreed {dict(agreed)}, explained {dict(differences)}")
    assert differences.total() <= _MOST_DIFFERENCES * _EACH
    assert min(agreed[True], agreed[False]) > _EACH / 10
    return differences


def seed_of(request, part):
    """Fixed, unless the run names a seed of its own."""
    named = request.config.getoption("hypothesis_seed", None)
    return part if named is None else f"{named} {part}"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_own_documents_changed_in_one_place_are_judged_as_by_the_meta_schemas(request, part, tmp_path):
    require("meta schemas of AsyncAPI", missing_for_asyncapi_schemas())
    compare(sample_documents(), lambda file: None, str(tmp_path), seed_of(request, part))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_real_documents_changed_in_one_place_are_judged_as_by_the_meta_schemas(request, part, shared):
    require("meta schemas of AsyncAPI", missing_for_asyncapi_schemas())
    corpus = shared / "corpus" / "asyncapi"
    known = {}

    def files(name):
        if name not in known:
            try:
                known[name] = read(corpus / name)
            except OSError:
                known[name] = None
        return known[name]

    listed = json.loads((corpus / "expected.json").read_text(encoding="utf-8"))["documents"]
    bases = [(one["file"], files(one["file"])) for one in listed if one["official"]["verdict"] == "valid"]
    compare(bases, files, str(corpus), seed_of(request, 100 + part))


@pytest.mark.slow
def test_every_real_document_is_judged_as_by_the_meta_schemas(shared):
    require("meta schemas of AsyncAPI", missing_for_asyncapi_schemas())
    corpus = shared / "corpus" / "asyncapi"
    listed = json.loads((corpus / "expected.json").read_text(encoding="utf-8"))["documents"]
    for one in listed:
        document = read(corpus / one["file"])
        faults = judge(str(corpus / one["file"]), document, str(corpus), {})
        assert (not faults) is (one["official"]["verdict"] == "valid"), (one["file"], faults)


def test_own_documents_hold_nothing_wrong(tmp_path):
    for name, document in sample_documents():
        if name.startswith("every-object"):
            assert judge(str(tmp_path / name), document, str(tmp_path), {}) == []


def test_a_document_of_five_thousand_lines_is_judged_in_a_fraction_of_what_reading_takes(tmp_path):
    channels = {}
    schemas = {}
    for number in range(160):
        properties = {f"field{at}": {"type": "string", "description": "a field", "maxLength": 40} for at in range(6)}
        schemas[f"schema{number}"] = {"type": "object", "required": ["field0"], "properties": properties}
        message = {"payload": {"$ref": f"#/components/schemas/schema{number}"}, "name": f"m{number}"}
        channels[f"channel{number}"] = {"address": f"a.{number}", "messages": {"m": message}}
    document = {"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}, "channels": channels}
    data = json.dumps(document | {"components": {"schemas": schemas}}, indent=1).encode()
    assert len(data.splitlines()) > 5_000
    documents = Documents(str(tmp_path / "large.json"), lambda name: data)
    root = documents.open()
    findings = Findings(documents.position)
    began = time.process_time()
    validate(Inspected(documents, root, 3, 0, None, findings))
    took_s = time.process_time() - began
    print(f"{len(data.splitlines()):,} lines in {took_s * 1000:.0f} ms")
    assert findings.all() == ()
    assert took_s < 0.2
