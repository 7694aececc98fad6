"""Pictures told as patches, against their slow twin: the whole snapshot, encoded, decoded and compared."""

import copy
import json

import jsonpatch
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncwatch.model.batch import Batch
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.serve.picture import Picture
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of

CHANNELS = 3
DOCUMENT = kafka_document(
    "\n".join(
        f"  orders{n}: {{address: orders{n}, messages: {{Order: {{payload: {{type: object, required: [id]}}}}}}}}"
        for n in range(CHANNELS)
    )
)
step = st.one_of(
    st.tuples(st.just("take"), st.integers(0, CHANNELS + 1), st.sampled_from([b'{"id":1}', b"{}", b"{", None])),
    st.tuples(st.just("tick"), st.integers(1, 80), st.none()),
    st.tuples(st.just("state"), st.sampled_from(["connected", "reconnecting", "refused"]), st.none()),
    st.tuples(st.just("look"), st.none(), st.none()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(step, max_size=25))
def test_every_patch_leads_to_the_snapshot_of_its_moment(steps):
    plan = plan_of(DOCUMENT)
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    pump = make_pump(plan, ledger, [])
    now_ns = BASE_NS

    def snapshot():
        return ledger.snapshot(now_ns, sidecar_row([], None, measured=False), [], since="now", command="asyncwatch")

    picture = Picture(snapshot)
    picture.look()
    told = json.loads(picture.whole())
    for number, (verb, value, payload) in enumerate([*steps, ("look", None, None)]):
        now_ns += 1_000_000
        if verb == "take":
            pump.take(
                Batch(
                    server="production", filter=f"orders{value}" if value < CHANNELS else "", partition=0,
                    addresses=None if value < CHANNELS else [f"other{value}"], payloads=[payload], headers=[[]],
                    keys=[None], positions=[number], sent_ns=[now_ns - 5_000_000], time_source="producer",
                    observed_ns=[now_ns],
                )
            )  # fmt: skip
        elif verb == "tick":
            for _ in range(value):
                ledger.tick()
        elif verb == "state":
            ledger.servers["production"].change(value, now_ns)
        else:
            told = jsonpatch.apply_patch(copy.deepcopy(told), json.loads(picture.look()))
            assert told == json.loads(picture.whole()) == json.loads(msgspec.json.encode(snapshot()))
