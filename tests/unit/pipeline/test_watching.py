"""Files that are looked at for changes."""

import asyncio
import contextlib
import os

import pytest

from asyncwatch.pipeline.stamps import stamps_of
from asyncwatch.pipeline.watching import FileWatch


class Watched:
    """Files as a reload would have read them, and how often one was asked for."""

    def __init__(self, *paths):
        self.paths = [str(path) for path in paths]
        self.read()
        self.acts = 0
        self.takes = True

    def read(self):
        self.seen = stamps_of(self.paths)

    async def act(self):
        self.acts += 1
        if self.takes:
            self.read()

    async def acted(self, times):
        async with asyncio.timeout(10):
            while self.acts < times:
                await asyncio.sleep(0.01)

    async def rests(self):
        """Wait longer than a change needs to be seen."""
        acts = self.acts
        await asyncio.sleep(0.5)
        assert self.acts == acts


@contextlib.asynccontextmanager
async def watching(*paths):
    watched = Watched(*paths)
    task = asyncio.create_task(FileWatch(lambda: watched.seen, watched.act, period_s=0.02).run())
    try:
        yield watched
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_file_that_is_written_replaced_or_linked_elsewhere_is_seen_once_each(tmp_path):
    path = tmp_path / "orders.yaml"
    path.write_text("one")
    async with watching(path) as watched:
        path.write_text("two and more")
        await watched.acted(1)
        await watched.rests()
        (tmp_path / "orders.yaml~").write_text("two and less")
        os.replace(tmp_path / "orders.yaml~", path)  # as editors do
        await watched.acted(2)
        await watched.rests()


async def test_the_swap_of_a_mounted_config_map_is_seen(tmp_path):
    for number in (1, 2):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "orders.yaml").write_text("same size")
    os.symlink("..1", tmp_path / "..data")
    os.symlink("..data/orders.yaml", tmp_path / "orders.yaml")
    async with watching(tmp_path / "orders.yaml") as watched:
        os.symlink("..2", tmp_path / "..data_tmp")
        os.replace(tmp_path / "..data_tmp", tmp_path / "..data")
        await watched.acted(1)
        await watched.rests()


async def test_changes_close_together_are_one(tmp_path):
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path in paths:
        path.write_text("1")
    async with watching(*paths) as watched:
        for number in range(12):
            paths[number % 3].write_text("x" * number)
            await asyncio.sleep(0.05)
        await watched.acted(1)
        await watched.rests()
        assert watched.acts == 1


async def test_what_was_tried_in_vain_is_tried_again_when_it_changes_and_not_before(tmp_path):
    path = tmp_path / "orders.yaml"
    path.write_text("good")
    async with watching(path) as watched:
        watched.takes = False
        path.write_text("broken one")
        await watched.acted(1)
        await watched.rests()
        path.write_text("broken another")
        await watched.acted(2)
        await watched.rests()


@pytest.mark.parametrize("first", ["gone", "there"])
async def test_a_file_that_goes_or_comes_is_a_change(tmp_path, first):
    path = tmp_path / "orders.yaml"
    if first == "there":
        path.write_text("one")
    async with watching(path) as watched:
        path.unlink() if first == "there" else path.write_text("one")
        await watched.acted(1)


async def test_what_was_taken_up_otherwise_asks_for_nothing(tmp_path):
    path = tmp_path / "orders.yaml"
    path.write_text("one")
    async with watching(path) as watched:
        path.write_text("two and more")
        watched.read()
        await watched.rests()
