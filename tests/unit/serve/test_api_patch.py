"""The patch between two pictures."""

import copy

import jsonpatch
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.serve.patch import diff

leaf = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.text("a/~", max_size=3)
)
document = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=4),
    max_leaves=12,
)


@given(document, document)
def test_a_patch_turns_the_old_picture_into_the_new_one(old, new):
    patch = diff(old, new)
    assert jsonpatch.apply_patch(copy.deepcopy(old), patch) == new
    if repr(old) == repr(new):
        assert patch == []


def test_one_number_that_changed_is_one_operation():
    assert diff({"a": [{"n": 1}, {"n": 2}]}, {"a": [{"n": 1}, {"n": 3}]}) == [
        {"op": "replace", "path": "/a/1/n", "value": 3}
    ]


def test_a_true_is_not_a_one():
    assert diff({"a": 1}, {"a": True}) == [{"op": "replace", "path": "/a", "value": True}]
