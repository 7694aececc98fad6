"""The newest event of each key: rows taken whole are judged as rows one by one are."""

from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.ordering.watermark import Watermarks

rows = st.lists(
    st.tuples(st.sampled_from([b"a", b"b", b"c", None]), st.none() | st.integers(1, 40)), min_size=1, max_size=8
)
rising = rows.map(
    lambda found: sorted(((key, at) for key, at in found if at is not None), key=lambda one: one[1]) or [(b"a", 1)]
)


class Oracle:
    """The rule as it is written."""

    def __init__(self, allowed_ns):
        self.allowed_ns = allowed_ns
        self.newest = {}

    def late(self, origin, keys, events, observed):
        found = []
        for row, (key, event, seen) in enumerate(zip(keys, events, observed, strict=True)):
            if event is None:
                continue
            highest = self.newest.get((origin, key))
            if highest is not None and event <= highest:
                if highest - event > self.allowed_ns:
                    found.append((row, highest - event))
            else:
                self.newest[origin, key] = (
                    event if event <= seen else max(seen, highest if highest is not None else seen)
                )
        return found


@given(st.lists(st.tuples(st.sampled_from([0, 1]), rows | rising, st.integers(1, 50)), max_size=12), st.integers(0, 10))
def test_lateness_is_that_of_the_rule(batches, allowed_ns):
    watermarks, oracle = Watermarks(allowed_ns, 1000), Oracle(allowed_ns)
    for origin, found, seen in batches:
        keys, events = [key for key, _ in found], [at for _, at in found]
        observed = [seen] * len(found)
        assert watermarks.late(origin, keys, events, observed) == oracle.late(origin, keys, events, observed)


@given(st.lists(rising, max_size=30))
def test_keys_stay_within_their_bound(batches):
    watermarks = Watermarks(5, 2)
    for found in batches:
        watermarks.late(0, [(key, at % 7) for key, at in found], [at for _, at in found], [99] * len(found))
        assert watermarks._live <= 2
