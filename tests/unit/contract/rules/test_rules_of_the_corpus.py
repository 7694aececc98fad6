"""Public documents under the rules: nothing that the official parser takes is an error, and each warning is known."""

import json
from collections import Counter

import pytest

from asyncwatch.contract.findings import Findings
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.load import read_contract
from asyncwatch.contract.references import Documents
from asyncwatch.contract.rules.table import check_rules

KNOWN = {
    # Each was looked at by hand; what is wrong with the document stands beside it.
    ("asyncapi-spec/2.0.0/oneof.yml", "ambiguous-messages"): 1,  # two open objects, nothing required
    ("asyncapi-spec/2.5.0/oneof.yml", "ambiguous-messages"): 1,  # the same
    ("asyncapi-spec/3.1.0/oneof-asyncapi.yml", "ambiguous-messages"): 1,  # the same
    ("asyncapi-spec/2.3.0/anyof.yml", "schema-keyword"): 1,  # additionalProperties at a string
    ("asyncapi-spec/3.1.0/anyof-asyncapi.yml", "schema-keyword"): 1,  # the same
    ("asyncapi-spec/2.6.0/operation-security.yml", "schema-value"): 1,  # default "false" of a boolean
    ("asyncapi-spec/3.1.0/operation-security-asyncapi.yml", "schema-value"): 1,  # the same
    ("asyncapi-spec/3.1.0/adeo-kafka-request-reply-asyncapi.yml", "schema-value"): 2,  # numbers as examples of strings
    ("asyncapi-spec/3.1.0/kraken-websocket-request-reply-multiple-channels-asyncapi.yml", "example"): 2,
    # ^ a status and a depth that their enums do not have
    ("generated-faststream/nats-2.6.0.json", "parameter"): 1,  # a placeholder, and no parameters at all
    ("kubescape/synchronizer-asyncapi.yaml", "ambiguous-messages"): 1,  # six objects without any required field
    ("springwolf/kafka-asyncapi.yaml", "ambiguous-messages"): 1,  # two messages that are both any text
    ("springwolf/kafka-asyncapi.yaml", "schema-loop"): 1,  # a parent that lists children which refer to it
    ("springwolf/kafka-asyncapi.yaml", "discriminator"): 1,  # its property is not required
    ("springwolf/kafka-asyncapi.yaml", "schema-keyword"): 2,  # properties at a string
}


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def findings(shared):
    folder = shared / "corpus" / "asyncapi"
    found = {}
    for one in json.loads((folder / "expected.json").read_bytes())["documents"]:
        path = folder / one["file"]
        documents = Documents(str(path), read, str(path.parent.parent) if "social-media" in one["file"] else None)
        root = documents.open()
        contract = read_contract(documents, root, str(path))
        major, minor = map(int, contract.spec_version.split(".")[:2])
        strict = Findings(documents.position)
        check_rules(Inspected(documents, root, major, minor, contract, strict))
        found[one["file"]] = strict.all()
    return found


def test_no_rule_refuses_what_the_official_parser_takes(findings):
    assert len(findings) == 67
    assert not [(file, one) for file, listed in findings.items() for one in listed if one.severity == "error"]


def test_every_warning_is_one_that_was_looked_at(findings):
    counts = Counter(
        (file, one.rule.removeprefix("document.")) for file, listed in findings.items() for one in listed
    )  # fmt: skip
    assert counts == KNOWN


def test_every_finding_has_a_line_of_its_own_file(findings):
    for file, listed in findings.items():
        for one in listed:
            assert one.position.file.endswith(file.rpartition("/")[2])
            assert one.position.line > 1
