"""Position → time: batches noted whole answer as records noted one by one do, cut anywhere."""

from array import array
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.lag import position_times
from asyncwatch.lag.position_times import UNTIMED, EntryBudget, PositionTimes

STEP_RECORDS, STEP_NS = 4, 100

# Records: how many positions are left out before one, how far its time is from the last one's, None = it has none.
record = st.tuples(
    st.sampled_from([0, 0, 0, 0, 1, 5]), st.sampled_from([0, 0, 0, 1, 60, 99, 100, 101, 5000, -50, -300, None])
)
batches = st.lists(st.tuples(st.lists(record, min_size=1, max_size=9), st.booleans()), min_size=1, max_size=8)


class Slow:
    """The rule as it is written: every record is kept, an entry is made where a record is a step away from the last."""

    def __init__(self):
        self.kept = []
        self.entries = []
        self.next = None

    def note(self, position, time_ns):
        begin = position if self.next is None else self.next
        last = self.entries[-1] if self.entries else None
        if (
            last is None
            or last[3]
            or last[2] >= STEP_RECORDS
            or (UNTIMED in (time_ns, last[1]) and time_ns != last[1])
            or abs(time_ns - last[1]) >= STEP_NS
        ):
            self.entries.append([begin, time_ns, 1, False])
        else:
            last[2] += 1
        self.kept.append((position, time_ns))
        self.next = position + 1

    def skip(self, position):
        if self.next is not None and position > self.next:
            self.entries.append([self.next, UNTIMED, 0, True])
            self.next = position

    def time_of(self, position):
        if not self.entries or not self.entries[0][0] <= position < self.next:
            return None
        time_ns = [entry for entry in self.entries if entry[0] <= position][-1][1]
        return None if time_ns == UNTIMED else time_ns


def laid_out(found):
    """Give (positions, times, was there a gap before) of each batch."""
    position, time_ns = 10, 10**6
    for records, gap in found:
        position += 3 if gap else 0
        positions, times = [], []
        for left_out, far in records:
            position += 1 + left_out
            time_ns += far or 0
            positions.append(position)
            times.append(UNTIMED if far is None else time_ns)
        yield positions, times, gap


@mock.patch.multiple(position_times, STEP_RECORDS=STEP_RECORDS, STEP_NS=STEP_NS)
@given(batches)
def test_batches_noted_whole_are_records_noted_one_by_one(found):
    fast, cut, slow = PositionTimes(EntryBudget()), PositionTimes(EntryBudget()), Slow()
    for positions, times, gap in laid_out(found):
        if gap:
            for one in (fast, cut, slow):
                one.skip(positions[0])
        fast.note(positions, times)
        for position, time_ns in zip(positions, times, strict=True):
            cut.note([position], [time_ns])
            slow.note(position, time_ns)
    assert list(zip(fast.positions, fast.times, strict=True)) == [(entry[0], entry[1]) for entry in slow.entries]
    assert (cut.positions, cut.times, cut.records) == (fast.positions, fast.times, fast.records)
    for position in range(slow.next + 2):
        assert fast.time_of(position) == slow.time_of(position)


@mock.patch.multiple(position_times, STEP_RECORDS=STEP_RECORDS, STEP_NS=STEP_NS)
@given(batches)
def test_an_answer_is_at_most_a_step_from_the_record_itself(found):
    fast, slow = PositionTimes(EntryBudget()), Slow()
    unseen = []
    for positions, times, gap in laid_out(found):
        if gap:
            if slow.next is not None:
                unseen.append((slow.next, positions[0]))
            fast.skip(positions[0])
            slow.skip(positions[0])
        fast.note(positions, times)
        for position, time_ns in zip(positions, times, strict=True):
            slow.note(position, time_ns)
    for position in range(slow.kept[0][0], slow.next):
        answer = fast.time_of(position)
        first = next(time_ns for at, time_ns in slow.kept if at >= position)
        if any(start <= position < end for start, end in unseen) or first == UNTIMED:
            assert answer is None
        else:
            assert answer is not None
            assert abs(answer - first) < STEP_NS


@given(st.lists(st.tuples(st.integers(0, 2), st.lists(record, min_size=1, max_size=9)), max_size=20))
def test_the_count_of_records_is_exact_or_not_given(found):
    known, kept = PositionTimes(EntryBudget()), []
    for positions, times, _ in laid_out([(records, False) for _, records in found]):
        known.note(positions, times)
        kept += positions
    for position in range(kept[0] if kept else 0, (kept[-1] + 2) if kept else 0):
        for end in range(position, kept[-1] + 2):
            count = known.records_between(position, end)
            assert count in (None, sum(1 for at in kept if position <= at < end))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), max_size=40), st.integers(4, 20))
def test_all_partitions_together_stay_within_the_budget(found, most):
    budget = EntryBudget(most)
    partitions = [PositionTimes(budget) for _ in range(4)]
    for number, records in found:
        one = partitions[number]
        start = one.next_position or 0
        one.note(range(start, start + records), [at * 10**9 for at in range(start, start + records)])
        assert sum(map(len, partitions)) <= most
        assert one.time_of(start + records - 1) == (start + records - 1) * 10**9


def test_positions_that_fall_begin_anew():
    known = PositionTimes(EntryBudget())
    known.note([5, 6], [1, 2 * 10**9])
    known.note([0], [3 * 10**9])
    assert known.time_of(5) is None
    assert known.time_of(0) == 3 * 10**9
    assert known.positions == array("q", [0])
