"""Documents and configuration of a live run read and compiled again, beside what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asyncwatch.contract.entities import Contract
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.build import Plan, load_contracts, make_plan
from asyncwatch.pipeline.recording import Recording, good_files
from asyncwatch.pipeline.stamps import Stamp, stamps_of
from asyncwatch.pipeline.wanted import ReadFile, Wanted


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan that can be taken over, and the files it was made of."""

    wanted: Wanted
    plan: Plan
    read: Recording


class Preparing:
    """Makes plans of what is configured by now.

    `read_again` gives what is configured, by what reads files; `check` raises MisconfiguredAll where a plan cannot run here.
    `read`: the files that the present `contracts` were made of; `files`: others that say something, the configuration.
    """

    def __init__(
        self,
        read_again: Callable[[ReadFile], Wanted],
        key_hash: Callable[[bytes], str],
        check: Callable[[Plan], None],
        read: Recording,
        files: Sequence[str],
        contracts: Sequence[Contract],
    ) -> None:
        self._read_again = read_again
        self._key_hash = key_hash
        self._check = check
        self._tried = read
        self.take(read, files, contracts)

    def take(self, read: Recording, files: Sequence[str], contracts: Sequence[Contract]) -> None:
        """Note what runs by now."""
        self.taken = read
        self._runs = stamps_of(files) | read.seen(contracts)
        self._channels = {contract.source: len(contract.channels) for contract in contracts}
        self._good = {contract.source: good_files(contract) for contract in contracts}

    def seen(self) -> dict[str, Stamp]:
        """Give every file whose change asks for another try, as it looked when it was read: of what runs, and of the last try."""
        return self._runs | self._tried.stamps

    async def prepare(self, read: ReadFile) -> Prepared:
        """Read and compile; the event loop goes on meanwhile. Raises: MisconfiguredAll."""
        self._tried = recording = Recording(read)
        try:
            return await asyncio.to_thread(self._prepare, recording)
        except MisconfiguredAll:
            raise
        except Misconfigured as error:
            raise MisconfiguredAll([error]) from None

    def _prepare(self, read: Recording) -> Prepared:
        wanted = self._read_again(read)
        contracts = load_contracts(wanted.build.specs, read, wanted.build.references)
        faults = [fault for contract in contracts for fault in self._broken(contract, read)]
        if faults:
            raise MisconfiguredAll(faults)
        plan = make_plan(wanted.build, contracts, self._key_hash)
        self._check(plan)
        return Prepared(wanted, plan, read)

    def _broken(self, contract: Contract, read: Recording) -> list[Misconfigured]:
        """Tell what of a document looks half-written: a start would do without it, a run has had it."""
        faults = [
            Misconfigured(f"{contract.source}: its file {name} was good and cannot be read any more")
            for name in read.lost(contract, self._good.get(contract.source, frozenset()))
        ]
        if self._channels.get(contract.source) and not contract.channels:
            faults.append(
                Misconfigured(f"{contract.source}: it has no channel any more", hint="if so, start asyncwatch anew")
            )
        return faults
