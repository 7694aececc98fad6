"""Changes of the stream, held against an independent implementation."""

from __future__ import annotations

import copy

import jsonpatch
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch_tui.patch import Operation, PatchFault, apply_patch

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet="ab/~", max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_the_change_between_two_documents_leads_from_one_to_the_other(before, after):
    changes = jsonpatch.make_patch(before, after).patch
    plain = [change for change in changes if change["op"] in {"add", "remove", "replace"}]
    if len(plain) != len(changes):
        return  # moves are a space saving that the sidecar's stream does not use
    operations = msgspec.convert(plain, list[Operation])
    assert apply_patch(copy.deepcopy(before), operations) == after


def apply(document, *operations):
    return apply_patch(document, msgspec.convert(list(operations), list[Operation]))


def test_escapes_indexes_and_the_end_of_a_list():
    document = {"a/b": {"~": [1]}}
    assert apply(document, {"op": "add", "path": "/a~1b/~0/-", "value": None}) == {"a/b": {"~": [1, None]}}
    assert apply([1, 2], {"op": "add", "path": "/0", "value": 0}, {"op": "remove", "path": "/2"}) == [0, 1]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "move", "path": "/a"},
        {"op": "replace", "path": "/a"},
        {"op": "remove", "path": ""},
        {"op": "remove", "path": "/missing"},
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "add", "path": "/missing/deep", "value": 1},
        {"op": "add", "path": "a", "value": 1},
        {"op": "add", "path": "/list/2", "value": 1},
        {"op": "replace", "path": "/list/-", "value": 1},
        {"op": "replace", "path": "/list/01", "value": 1},
        {"op": "replace", "path": "/list/-1", "value": 1},
        {"op": "replace", "path": "/list/x", "value": 1},
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "add", "path": "/" * 100, "value": 1},
    ],
)
def test_a_change_that_does_not_fit_is_refused(operation):
    with pytest.raises(PatchFault):
        apply({"a": 1, "list": [0]}, operation)
