"""Documents that nobody meant: whatever stands anywhere, judging ends, and says where."""

from __future__ import annotations

import errno
import json
import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.contract.findings import Findings
from asyncwatch.contract.grammar.language import Record
from asyncwatch.contract.grammar.specification import specification
from asyncwatch.contract.grammar.validate import validate
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.references import Documents

_WORDS = sorted(
    {
        name
        for major in (2, 3)
        for kind in specification(major, 1).table.values()
        if isinstance(kind, Record)
        for name in kind.fields
    }
)
_KEYS = st.one_of(
    st.sampled_from([*_WORDS, "kafka", "amqp", "mqtt", "bindingVersion", "type", "$ref", "x-a"]), st.text(max_size=4)
)
_POINTERS = st.sampled_from(
    ["#", "#/", "#/components", "#/channels/a", "#/components/messages/a", "#/info/title", "#/x-a", "#x", "", "x.yaml"]
)
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 300), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "a", "object", "record", "oauth2", "http", "0.5.0", "send", "application/vnd.apache.avro;version=1.9.0"]),
    st.text(max_size=5), _POINTERS,
)  # fmt: skip
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=25
)
_MEMBERS = st.dictionaries(st.sampled_from(["a", "b", "$ref", "c d"]), _VALUES, max_size=3)
_COMPONENTS = st.dictionaries(
    st.sampled_from(["messages", "schemas", "channelBindings", "securitySchemes", "operations", "messageTraits"]),
    _MEMBERS,
)
_DOCUMENTS = st.fixed_dictionaries(
    {"asyncapi": st.sampled_from(["2.0.0", "2.6.0", "3.0.0", "3.1.0"])},
    optional={"channels": _MEMBERS, "servers": _MEMBERS, "operations": _MEMBERS, "components": _COMPONENTS, "info": _VALUES},
)  # fmt: skip


@given(_DOCUMENTS)
@settings(max_examples=300, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_anywhere_is_judged_to_the_end(document):
    data = json.dumps(document).encode()

    def read(name):
        if name.endswith("document.json"):
            return data
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)

    documents = Documents("document.json", read)
    root = documents.open()
    major, minor = map(int, document["asyncapi"].split(".")[:2])
    findings = Findings(documents.position)
    validate(Inspected(documents, root, major, minor, None, findings))
    for one in findings.all():
        assert one.position.line >= 1
        assert one.summary.isprintable()
    if "info" not in document:
        assert any(one.severity == "error" for one in findings.all())
