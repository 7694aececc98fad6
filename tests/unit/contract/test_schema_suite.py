"""The official JSON Schema test suite, read in place, on the road that schemas of documents take.

Every schema is a file of its own that names its dialect by its format; `remotes` are given as files.
"""

from __future__ import annotations

import json
import socket
from collections import Counter

import pytest

from asyncwatch.contract.fetched import Fetched
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.schemas import SchemaReader

DRAFTS = {
    "draft4": "draft-04", "draft6": "draft-06", "draft7": "draft-07", "draft2019-09": "2019-09",
    "draft2020-12": "2020-12",
}  # fmt: skip
PASSED = {
    "draft4": {"required": 618, "optional": 100, "format": 219},
    "draft6": {"required": 839, "optional": 106, "format": 325},
    "draft7": {"required": 927, "optional": 118, "format": 676},
    "draft2019-09": {"required": 1258, "optional": 158, "format": 757},
    "draft2020-12": {"required": 1279, "optional": 162, "format": 764},
}
VOCABULARY = "the format of a schema names its dialect; a metaschema of the author's own has no say in it"
ASSERTED = "formats are asserted in every dialect, where 2020-12 leaves them as remarks unless told otherwise"
FAILED = {
    ("draft2019-09", "required", "vocabulary"): (1, VOCABULARY),
    ("draft2020-12", "required", "vocabulary"): (1, VOCABULARY),
    ("draft2020-12", "required", "format"): (19, ASSERTED),
}
"""How many verdicts of a file differ, and why."""


@pytest.fixture(scope="module")
def suite(shared):
    return shared / "corpus" / "json-schema-test-suite"


@pytest.fixture
def nothing_leaves(monkeypatch):
    """The host that the suite names listens, and no socket may be opened: neither is met."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)

    def refuse(*_args, **_kwargs):
        raise AssertionError("a schema made somebody open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    with pytest.raises(BlockingIOError):
        listening.accept()
    listening.close()


def part_of(file):
    if file.parent.name == "format":
        return "format"
    return "optional" if "optional" in file.parts else "required"


def read_schema(suite, schema, dialect):
    def fetch(address):
        remote = suite / "remotes" / address.path.lstrip("/")
        if (address.host, address.port) != ("localhost", 1234) or not remote.is_file():
            raise Unresolvable(f"{address} is no remote of the suite")
        return Fetched(remote.read_bytes(), str(address))

    documents = Documents("schema.json", lambda _path: json.dumps(schema).encode(), None, fetch)
    return SchemaReader(documents).read(documents.open(), f"application/schema+json;version={dialect}", "the schema")


@pytest.mark.parametrize("draft", DRAFTS)
def test_verdicts_are_those_of_the_official_suite(suite, draft, nothing_leaves):
    passed, failed = Counter(), Counter()
    for file in sorted((suite / "tests" / draft).rglob("*.json")):
        part = part_of(file)
        for group in json.loads(file.read_bytes()):
            compiled = read_schema(suite, group["schema"], DRAFTS[draft]).compiled
            for case in group["tests"]:
                verdict = None if compiled is None else compiled.is_valid(case["data"])
                if verdict == case["valid"]:
                    passed[part] += 1
                else:
                    failed[draft, part, file.stem] += 1
                if compiled is not None:
                    assert bool(compiled.explain(case["data"])) is not verdict, (file.name, group["description"])
    print(f"{draft}: " + ", ".join(f"{passed[part]} {part}" for part in PASSED[draft]), "passed;", dict(failed))
    assert passed == PASSED[draft]
    assert failed == {place: count for place, (count, _) in FAILED.items() if place[0] == draft}


def test_without_the_remotes_their_schemas_are_refused_and_nothing_is_asked(suite, nothing_leaves):
    for draft, dialect in DRAFTS.items():
        for group in json.loads((suite / "tests" / draft / "refRemote.json").read_bytes()):
            documents = Documents("schema.json", lambda _path, group=group: json.dumps(group["schema"]).encode())
            read = SchemaReader(documents).read(
                documents.open(), f"application/schema+json;version={dialect}", "the schema"
            )
            assert read.compiled is None
            assert {one.rule for one in documents.findings.all()} == {"document.reference-remote"}
