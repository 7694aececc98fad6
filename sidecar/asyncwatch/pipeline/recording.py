"""What documents and configuration were read from: for watching it, and for handing it to others who read the same."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence

from asyncwatch.contract.entities import Contract
from asyncwatch.contract.fetched import Fetch, Fetched
from asyncwatch.contract.unresolvable import Unresolvable
from asyncwatch.pipeline.stamps import Stamp, stamp_of, stamps_of
from asyncwatch.pipeline.wanted import ReadFile
from asyncwatch.reading.web_address import WebAddress


class Recording:
    """Reads files and remembers each, also those that could not be read."""

    def __init__(self, read: ReadFile) -> None:
        self._read = read
        self.files: dict[str, bytes] = {}
        self.missing: set[str] = set()
        self.stamps: dict[str, Stamp] = {}
        """What each looked like just before it was read."""

    def __call__(self, path: str) -> bytes:
        """Read a file. Raises: OSError."""
        self.stamps[path] = stamp_of(path)
        try:
            data = self.files[path] = self._read(path)
        except OSError:
            self.missing.add(path)
            raise
        return data

    def fetching(self, fetch: Fetch | None) -> Fetch | None:
        """Give what fetches, with what it gives remembered too; what is replayed is fetched from nowhere else."""
        if fetch is None:
            return None
        inner = self._read.fetch if isinstance(self._read, Replayed) else fetch

        def fetch_and_note(address: WebAddress) -> Fetched:
            found = inner(address)
            self.files[str(address)] = found.url.encode() + b"\n" + found.data
            return found

        return fetch_and_note

    def seen(self, contracts: Sequence[Contract]) -> dict[str, Stamp]:
        """Give every path that says something about these documents, as it looked: as they are named, and where links led."""
        named = {name for contract in contracts for name in contract.texts if "://" not in name}
        return stamps_of(named - self.stamps.keys()) | self.stamps

    def lost(self, contract: Contract, before: frozenset[str]) -> list[str]:
        """Give the files of a document that were good and are not any more, though it still refers to them."""
        folder = os.path.dirname(os.path.realpath(contract.source))
        tried = {_relative(path, folder) for path in (*self.files, *self.missing)}
        return sorted((tried & before) - good_files(contract))


def good_files(contract: Contract) -> frozenset[str]:
    """Name the files that a document was read from by their place beside it, wherever links lead at the moment."""
    folder = os.path.dirname(os.path.realpath(contract.source))
    return frozenset(_relative(name, folder) for name in contract.texts if "://" not in name)


def _relative(path: str, folder: str) -> str:
    return os.path.relpath(os.path.realpath(path), folder)


class Replayed:
    """Reads from a recording, and nothing else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def __call__(self, path: str) -> bytes:
        """Give a file as it was read. Raises: OSError."""
        data = self._files.get(path)
        if data is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return data

    def fetch(self, address: WebAddress) -> Fetched:
        """Give a file from the web as it was fetched.

        Raises: Unresolvable for one that was not.
        """
        url, is_kept, data = self._files.get(str(address), b"").partition(b"\n")
        if not is_kept:
            raise Unresolvable(f"'{address}' could not be had", "document.reference-unreachable")
        return Fetched(data, url.decode())
