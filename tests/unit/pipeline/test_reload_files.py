"""What a run's documents were read from, and what of it looks half-written."""

import os

import pytest

from asyncwatch.model.errors import MisconfiguredAll
from engine import kafka_document
from unit.pipeline.live_run import running

ORDERS = "  orders: {address: orders, messages: {Order: {$ref: 'parts/order.yaml#/Order'}}}"
PART = "Order: {payload: {type: object, required: [id]}}\n"


@pytest.fixture
def part(tmp_path):
    (tmp_path / "parts").mkdir()
    path = tmp_path / "parts" / "order.yaml"
    path.write_text(PART)
    return path


@pytest.mark.parametrize("broken", ["Order: {payload: [", "", None])
async def test_a_file_that_was_good_and_is_half_written_keeps_the_run_as_it_is(tmp_path, part, broken):
    async with running(tmp_path / "orders.yaml", kafka_document(ORDERS)) as run:
        before = run.plan.routes.documented()
        part.unlink() if broken is None else part.write_text(broken)
        with pytest.raises(MisconfiguredAll, match="parts/order.yaml was good and cannot be read any more"):
            await run.reloader.reload()
        assert run.plan.routes.documented() == before
        part.write_text(PART.replace("id", "total"))
        assert (await run.reloader.reload()).changed == 1
        assert run.service.snapshot().view.reload.refused is None


async def test_the_first_refusal_of_several_counts_and_a_good_document_ends_it(tmp_path):
    document = kafka_document(ORDERS.replace("{$ref: 'parts/order.yaml#/Order'}", "{}"))
    async with running(tmp_path / "orders.yaml", document) as run:
        assert run.service.snapshot().view.reload is None
        for text in ("asyncapi: [", "asyncapi: {"):
            with pytest.raises(MisconfiguredAll):
                await run.reload(text)
            first = run.service.snapshot().view.reload.refused
        assert run.service.snapshot().view.reload.refused == first
        await run.reload(document)
        view = run.service.snapshot().view.reload
        assert (view.refused, view.reasons) == (None, [])
        assert view.taken is not None


async def test_every_file_that_says_something_is_watched(tmp_path, part):
    missing = ORDERS + "\n  refunds: {address: refunds, messages: {Refund: {$ref: 'later.yaml'}}}"
    async with running(tmp_path / "orders.yaml", kafka_document(missing)) as run:
        watched = {os.path.realpath(path) for path in run.preparing.seen()}
        assert {str(tmp_path / "orders.yaml"), str(part), str(tmp_path / "later.yaml")} <= watched
        with pytest.raises(MisconfiguredAll):
            await run.reload("asyncapi: [")
        assert watched <= {os.path.realpath(path) for path in run.preparing.seen()}
