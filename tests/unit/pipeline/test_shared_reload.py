"""A reload of several workers: all of them switch, or none does."""

import pytest

from asyncwatch.model.errors import MisconfiguredAll
from asyncwatch.pipeline.build import load_contracts, make_ledger, make_plan
from asyncwatch.pipeline.preparing import Preparing
from asyncwatch.pipeline.recording import Recording
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.pipeline.wanted import Wanted
from asyncwatch.pipeline.workers.frames import Fault
from asyncwatch.pipeline.workers.reloading import SharedReloader
from asyncwatch.pipeline.workers.workforce import Workforce
from asyncwatch.reading.files import read_file
from engine import BASE_NS, KEY_HASH, kafka_document

ORDERS = "  orders: {address: orders, messages: {Order: {payload: {type: object}}}}"
REFUNDS = "  refunds: {address: refunds, messages: {Refund: {payload: {type: object}}}}"


class Worker:
    """Answers as a worker does. `faults` None = it is gone."""

    def __init__(self, faults=(), *, comes_along=True):
        self.faults = faults if faults is None else list(faults)
        self.comes_along = comes_along
        self.prepared, self.switched, self.killed = [], [], False

    async def prepare(self, wanted):
        self.prepared.append(wanted)
        return self.faults

    async def switch(self, number):
        self.switched.append(number)
        return self.comes_along

    def kill(self):
        self.killed = True


class Shared:
    """A parent over workers that a test plays."""

    def __init__(self, folder, *workers):
        self.path = folder / "orders.yaml"
        self.path.write_text(kafka_document(ORDERS))
        wanted, read = Wanted(BuildOptions(specs=[str(self.path)], divided="workers")), Recording(read_file)
        contracts = load_contracts(wanted.build.specs, read)
        self.plan = make_plan(wanted.build, contracts, KEY_HASH)
        ledger = make_ledger(self.plan, KEY_HASH, BASE_NS)
        self.workforce = Workforce(
            len(workers), "", lambda *given: None, ledger, ["production"], None, since="now", command="asyncwatch"
        )  # fmt: skip
        for slot, worker in zip(self.workforce._slots, workers, strict=True):
            slot.process = worker
        self.runs = []
        preparing = Preparing(lambda read: wanted, KEY_HASH, lambda plan: None, read, (), contracts)
        self.reloader = SharedReloader(
            preparing, self.plan, self.workforce, lambda plan: list(plan.settings),
            lambda prepared: self.runs.append(prepared.read.files), lambda contracts: None,
        )  # fmt: skip

    async def reload(self, document):
        self.path.write_text(document)
        return await self.reloader.reload()


async def test_all_workers_get_the_same_bytes_and_switch_together(tmp_path):
    workers = Worker(), Worker()
    shared = Shared(tmp_path, *workers)
    document = kafka_document(f"{ORDERS}\n{REFUNDS}")
    outcome = await shared.reload(document)
    assert (outcome.kept, outcome.added) == (1, 1)
    for worker in workers:
        assert worker.prepared[0].files == {str(shared.path): document.encode()}
        assert (worker.switched, worker.killed) == ([worker.prepared[0].number], False)
    assert shared.runs == [{str(shared.path): document.encode()}]
    assert len(shared.plan.routes.documented()) == 2


async def test_one_worker_that_refuses_keeps_all_on_what_runs(tmp_path):
    refusing, willing = Worker([Fault("no memory left", None, None)]), Worker()
    shared = Shared(tmp_path, refusing, willing)
    with pytest.raises(MisconfiguredAll, match="no memory left"):
        await shared.reload(kafka_document(f"{ORDERS}\n{REFUNDS}"))
    assert (refusing.switched, willing.switched) == ([], [])
    assert shared.runs == []
    assert len(shared.plan.routes.documented()) == 1
    view = shared.workforce.snapshot().view.reload
    assert view.refused is not None
    assert view.reasons == ["no memory left"]


@pytest.mark.parametrize("lagging", [Worker(None), Worker(comes_along=False)])
async def test_a_worker_that_does_not_come_along_is_started_anew_with_what_is_new(tmp_path, lagging):
    willing = Worker()
    shared = Shared(tmp_path, willing, lagging)
    await shared.reload(kafka_document(f"{ORDERS}\n{REFUNDS}"))
    assert (willing.killed, lagging.killed) == (False, True)
    assert len(shared.runs) == 1


async def test_partitions_that_others_would_have_to_read_are_refused_by_name(tmp_path):
    worker = Worker()
    shared = Shared(tmp_path, worker, Worker())
    whole = "x-asyncwatch: {sequence: {location: '$message.header#/n', scope: channel}}"
    with pytest.raises(MisconfiguredAll, match="'orders' on server 'production': its sequence counts over the whole"):
        await shared.reload(kafka_document(ORDERS.replace("address: orders,", f"address: orders, {whole},")))
    assert worker.prepared == []
