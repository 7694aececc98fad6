"""Headers as columns: the quick way for messages of one make gives what the slow way gives."""

from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.checks.fields import FieldsCheck
from asyncwatch.model.batch import Batch
from asyncwatch.model.observation import Observation
from engine import BASE_NS, kafka_document, plan_of

DOCUMENT = kafka_document("""
  orders:
    address: orders
    messages:
      Order:
        headers: {type: object, properties: {Tenant: {type: string}, seq: {type: integer}}}
        payload: {type: object}
""")
NAMES = ["Tenant", "tenant", "seq", "SEQ", "traceparent", "Traceparent", "other", "another"]
headers = st.lists(st.tuples(st.sampled_from(NAMES), st.none() | st.binary(max_size=3)), max_size=4)
alike = st.lists(st.sampled_from(NAMES), max_size=4).flatmap(
    lambda names: st.lists(
        st.tuples(*[st.tuples(st.just(name), st.none() | st.binary(max_size=3)) for name in names]),
        min_size=1,
        max_size=6,
    )
)


def observe(rows, *, quick, checks=None):
    (route,) = plan_of(DOCUMENT).routes.documented()
    check = FieldsCheck(route)
    found = []
    for _ in range(2):  # the second time every spelling is known
        n = len(rows)
        batch = Batch(
            server="production", filter="orders", partition=0, addresses=None, payloads=[b"{}"] * n, headers=rows,
            keys=[None] * n, positions=list(range(n)), sent_ns=[None] * n, time_source="none", observed_ns=[BASE_NS] * n,
        )  # fmt: skip
        obs = Observation(batch, route)
        check.observe(obs) if quick else check.pick(obs)
        found.append((obs.fields, obs.repeats, obs.faults))
    return found


@given(st.lists(headers, min_size=1, max_size=6) | alike)
def test_both_ways_of_picking_headers_agree(rows):
    assert observe(rows, quick=True) == observe(rows, quick=False)
