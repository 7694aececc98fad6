"""Fetched records taken as whole lists, straight from the decoded record batches.

aiokafka hands out records one by one, each copied into an object of its own; that is about a third of what reading
costs. Here a batch's iterator is drained by `list.extend`, and the library's own record objects are kept.

Rule 1: a record batch that cannot be decoded (a bad checksum, a header name that is no UTF-8, a broken compression) is
skipped alone, and its offsets are told as lost: it neither stops its partition nor takes other records along.
Rule 2: what is taken moves the partition's position in the same step, with no await between.
Rule 3: nothing is taken beyond a lost range in one list, so the range can be told just before what follows it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import chain, islice
from typing import Any, TypeAlias
from weakref import ref

from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import TopicPartition

Lost: TypeAlias = Callable[[TopicPartition, int, int], None]
"""Told (partition, first offset, offset after the last) of what could not be decoded."""


class FetchedRecords(OrderedDict[Any, Any]):
    """The fetcher's store of answers; gives each answer a `Drain` when it comes in."""

    def __init__(self, lost: Lost) -> None:
        super().__init__()
        self._lost = lost

    def __setitem__(self, place: Any, answer: Any) -> None:
        if type(answer) is FetchResult:
            # The library's own iterator is never begun here; unbegun it would keep its records, and they it.
            if answer._partition_records is not None:
                answer._partition_records._records_iterator = None
            answer.getall = Drain(place, answer, self._lost).take
        super().__setitem__(place, answer)


class Drain:
    """Takes the records of one partition's fetch answer."""

    # Private parts of aiokafka's FetchResult and PartitionRecords are read here, and nowhere else.
    # ruff: noqa: SLF001

    __slots__ = ("_answer", "_batch", "_lost", "_place", "_rest")

    def __init__(self, place: TopicPartition, answer: Any, lost: Lost) -> None:
        self._place = place
        # The answer holds this drain; held back strongly, each answer's bytes would wait for the garbage collector.
        self._answer = ref(answer)
        self._lost = lost
        self._batch: Any = None
        """The batch that records are being taken from."""
        self._rest: Any = None
        """What is left of it; a batch itself may be iterated once only."""

    def take(self, max_records: int) -> list[Any]:
        """Give the next records, at most `max_records`, and move the position behind them.

        Raises: nothing; what does not decode is told as lost.
        Cost: bench tap[kafka].
        """
        answer: Any = self._answer()
        source = answer._partition_records
        taken: list[Any] = []
        if source is None or not answer.check_assignment(self._place):
            return taken
        while len(taken) < max_records:
            position, had, broken = source.next_fetch_offset, len(taken), False
            try:
                if self._batch is None and not self._open(source):
                    answer._partition_records = self._rest = None
                    break
                # What was appended before an exception stays in the list.
                taken.extend(islice(self._rest, max_records - had))
            except Exception:  # noqa: BLE001  # bytes of strangers: rule 1
                broken = True
            exhausted = len(taken) < max_records
            if len(taken) > had and taken[had].offset < position:
                # The first batch of an answer may begin before the offset that was asked for.
                taken[had:] = [record for record in taken[had:] if record.offset >= position]
            if broken:
                self._skip(source, max(position, taken[-1].offset + 1) if taken else position)
                if taken or answer._partition_records is None:
                    break
            elif exhausted:
                source.next_fetch_offset = max(position, self._batch.next_offset)
                self._batch = None
            elif len(taken) > had:
                source.next_fetch_offset = taken[-1].offset + 1
        answer._assignment.state_value(self._place).consumed_to(source.next_fetch_offset)
        return taken

    def _open(self, source: Any) -> bool:
        """Go to the next batch of messages, past control batches and aborted transactions; False = there is none."""
        while source._records.has_next():
            batch = source._records.next_batch()
            self._batch = batch
            if not batch.validate_crc():
                raise CorruptRecordException
            unwanted = batch.is_control_batch
            if source._isolation_level == READ_COMMITTED and batch.producer_id is not None:
                source._consume_aborted_up_to(batch.base_offset)
                if unwanted and source._contains_abort_marker(batch):
                    source._aborted_producers.discard(batch.producer_id)
                unwanted |= batch.is_transactional and batch.producer_id in source._aborted_producers
            if not unwanted:
                self._rest = chain(batch)
                return True
            source.next_fetch_offset = batch.next_offset
            self._batch = None
        return False

    def _skip(self, source: Any, first: int) -> None:
        """Go past what cannot be decoded; a broken batch's own idea of its end is believed up to the partition's end."""
        end = first + 1
        answer: Any = self._answer()
        if self._batch is None:
            # Not even the batch's frame could be read: fetch again behind this offset.
            answer._partition_records = None
        else:
            highwater = answer._assignment.state_value(self._place).highwater or 0
            end = max(end, min(self._batch.next_offset, highwater))
            self._batch = None
        source.next_fetch_offset = end
        self._lost(self._place, first, end)
