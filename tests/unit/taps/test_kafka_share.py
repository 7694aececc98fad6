"""Which reader takes which partition."""

from __future__ import annotations

import itertools

import pytest

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.taps.base import Share, Shareable
from asyncwatch.taps.kafka import SPEC

PLACES = list(itertools.product([f"topic-{number}" for number in range(20)], range(12)))


@pytest.mark.parametrize("of", [1, 2, 3, 5])
def test_every_partition_is_taken_by_exactly_one_reader(of):
    shares = [Share(index, of) for index in range(of)]
    for topic, partition in PLACES:
        assert sum(share.covers(topic, topic, partition) for share in shares) == 1


def test_partitions_of_a_topic_are_divided_evenly():
    shares = [Share(index, 3) for index in range(3)]
    for topic in {topic for topic, _ in PLACES}:
        taken = [sum(share.covers(topic, topic, partition) for partition in range(12)) for share in shares]
        assert taken == [4, 4, 4]


def test_topics_with_one_partition_do_not_all_fall_to_the_first_reader():
    taken = {index for index in range(3) for topic, _ in PLACES if Share(index, 3).covers(topic, topic, 0)}
    assert taken == {0, 1, 2}


def test_an_address_that_is_not_divided_stays_with_one_reader():
    shares = [Share(index, 4, frozenset({"topic-1"})) for index in range(4)]
    readers = {
        share.index for share in shares for partition in range(12) if share.covers("topic-1", "topic-1", partition)
    }
    assert len(readers) == 1


def test_partitions_that_are_added_later_move_none():
    share = Share(1, 3)
    before = [partition for partition in range(6) if share.covers("t", "t", partition)]
    after = [partition for partition in range(12) if share.covers("t", "t", partition)]
    assert after[: len(before)] == before


def test_a_tap_that_was_handed_places_knows_them_before_it_reads():
    resume = {("orders", 1): (42, None), ("orders", 3): (7, 9)}
    tap = SPEC.open("production", ServerSettings("127.0.0.1:9"), {"share": Share(1, 2), "resume": resume})
    assert isinstance(tap, Shareable)
    assert tap.places() == resume


def test_share_and_places_are_no_options_of_users():
    with pytest.raises(Misconfigured) as told:
        SPEC.open("production", ServerSettings("127.0.0.1:9"), {"sharing": 1})
    assert "resume" not in str(told.value)
