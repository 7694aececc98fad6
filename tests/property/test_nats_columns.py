"""The NATS tap's columns against slow, obvious twins: one message at a time."""

import re

from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.taps.base import LIVE_DISTANCE, Filter
from asyncwatch.taps.nats.deliveries import read_deliveries
from asyncwatch.taps.nats.progress import StreamProgress
from asyncwatch.taps.nats.selection import Selection

FORMS = ["$JS.ACK.S.C.1.{}.{}.{}.{}", "$JS.ACK.hub.acc.S.C.1.{}.{}.{}.{}", "$JS.ACK._.acc.S.C.1.{}.{}.{}.{}.token"]
NUMBERS = st.integers(0, 2**63)


@given(st.sampled_from(FORMS), st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_what_the_broker_tells_is_read_as_written(form, rows):
    found = read_deliveries([(b"1", b"a", form.format(*row).encode(), None, b"") for row in rows])
    assert found.sequences == [row[0] for row in rows]
    assert found.times_ns == [row[2] for row in rows]
    assert (found.first, found.last) == (rows[0][1], rows[-1][1])
    assert (found.pending_at_first, found.pending) == (rows[0][3], rows[-1][3])


FILTERS = [
    Filter("a.x", "a.x"), Filter("a.{p}", None, re.compile(r"a\.[^.]+"), template="a.{p}"),
    Filter("", None, re.compile(r"b\..*")),
]  # fmt: skip
SUBJECTS = st.lists(st.sampled_from([b"a.x", b"a.y", b"b.1", b"b.2", b"c"]), min_size=1, max_size=12)


@given(
    SUBJECTS, st.lists(st.integers(1, 4), min_size=12, max_size=12), st.integers(1, 30), st.none() | st.integers(1, 30),
    st.sampled_from([0, LIVE_DISTANCE + 50]), st.dictionaries(st.sampled_from(["a.x", "a.{p}"]), st.integers(1, 30)),
)  # fmt: skip
def test_every_message_comes_once_under_its_filter(subjects, steps, live_from, stop, pending, begins):
    sequences = [sum(steps[: row + 1]) for row in range(len(subjects))]
    entries = [
        (b"1", subject, None, None, b"%d" % sequence) for subject, sequence in zip(subjects, sequences, strict=True)
    ]
    progress = StreamProgress("s", "S", "now", next=1, live_from=live_from, stop=stop, begins=dict(begins))
    progress.filters = {one.id: one for one in FILTERS}
    batches = progress.batches(Selection(FILTERS), entries, sequences, [7] * len(entries), pending, pending, 9)
    expected = []
    for subject, sequence in zip(subjects, sequences, strict=True):
        text = subject.decode()
        one = "a.x" if text == "a.x" else "a.{p}" if text.startswith("a.") else "" if text.startswith("b.") else None
        if one is None or (stop is not None and sequence > stop) or sequence < begins.get(one, 0):
            continue
        expected.append((one, text, sequence, sequence >= live_from and pending <= LIVE_DISTANCE))
    found = [
        (batch.filter, batch.addresses[row] if batch.addresses else batch.filter, batch.positions[row], batch.live)
        for batch in batches
        for row in range(len(batch))
    ]
    assert sorted(found) == sorted(expected)
    for batch in batches:
        assert list(batch.positions) == sorted(batch.positions)
        assert batch.payloads == [b"%d" % sequence for sequence in batch.positions]
        assert batch.filter != "" or len(set(batch.addresses)) == 1
    assert progress.next == sequences[-1] + 1
    if stop is not None:
        assert progress.done == (sequences[-1] >= stop or pending == 0)
