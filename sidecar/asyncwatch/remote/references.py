"""Files on the web that documents refer to: allowed places only, each asked for once a run, cached for worse times.

Rule 1: a redirect leads only to where the reference itself could have led.
Rule 2: a host that did not answer is not asked again in this run; its files come from the cache, and that is said.
Rule 3: what a host denies (404, 403) is not taken from the cache.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from asyncwatch.config.settings import ReferenceSettings
from asyncwatch.contract.fetched import Fetch, Fetched
from asyncwatch.contract.unresolvable import Unresolvable
from asyncwatch.reading.web_address import NoWebAddress, WebAddress, read_web_address
from asyncwatch.remote.allowed import Allowed
from asyncwatch.remote.cache import Cache, Cached
from asyncwatch.remote.deadline import Deadline, Silent, Unavailable
from asyncwatch.remote.get import Answer, get
from asyncwatch.remote.hosts import Forbidden

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_DENIALS: Final = range(400, 500)
_MOST_KNOWN_BYTES: Final = 100_000_000
_FRESH_S: Final = 60.0
"""What is younger in the cache is not asked for again: the workers of one run read the same."""
_DOCUMENT_TIMES: Final = 5
"""All references of one document may take as long as so many that take longest."""


class RemoteReferences:
    """Files from the web for the documents of one run."""

    def __init__(self, settings: ReferenceSettings) -> None:
        """Raises: MisconfiguredAll for prefixes that are none."""
        self._settings = settings
        self._allowed = Allowed(settings.allow)
        self._cache = Cache(settings.cache) if settings.cache is not None else None
        self._known: dict[str, Fetched | Unresolvable] = {}
        self._known_bytes = 0
        self._silent: dict[str, str] = {}

    def for_document(self) -> Fetch:
        """Give what fetches for one document, within a time of its own."""
        left_s = self._settings.timeout_s * _DOCUMENT_TIMES

        def fetch(address: WebAddress) -> Fetched:
            nonlocal left_s
            began_s = time.monotonic()
            try:
                return self._known_or_fetched(address, min(self._settings.timeout_s, left_s))
            finally:
                left_s -= time.monotonic() - began_s

        return fetch

    def _known_or_fetched(self, address: WebAddress, within_s: float) -> Fetched:
        url = str(address)
        found = self._known.get(url)
        if found is None:
            try:
                found = self._fetch(address, within_s)
                self._known_bytes += len(found.data)
            except Unresolvable as error:
                found = error
            if within_s > 0 and self._known_bytes < _MOST_KNOWN_BYTES:
                self._known[url] = found
        if isinstance(found, Unresolvable):
            raise Unresolvable(found.message, found.rule)
        return found

    def _fetch(self, address: WebAddress, within_s: float) -> Fetched:
        self._check(address)
        kept = self._cache.find(address, self._settings.size_bytes) if self._cache is not None else None
        if kept is not None and not self._allowed_still(kept[0]):
            kept = None
        if kept is not None and 0 <= time.time() - kept[0].at_s < _FRESH_S:
            return Fetched(kept[1], kept[0].final)
        why = self._silent.get(address.authority)
        if within_s <= 0:
            why = "the references of the document have taken too long already"
        if why is None:
            try:
                return self._ask(address, kept, Deadline(within_s))
            except Forbidden as error:
                raise Unresolvable(f"'{address}' is not asked for: {error}", "document.reference-remote") from None
            except Unavailable as error:
                why = str(error)
        if kept is not None:
            day = time.strftime("%Y-%m-%d %H:%M", time.gmtime(kept[0].at_s))
            return Fetched(
                kept[1], kept[0].final, f"'{address}' cannot be had ({why}): what it held at {day} UTC is read"
            )
        raise Unresolvable(f"'{address}' cannot be had: {why}", "document.reference-unreachable")

    def _check(self, address: WebAddress) -> None:
        if self._allowed.trust(address) is None:
            raise Unresolvable(
                f"remote references are read from places that --allow-remote names: '{address}' is none",
                "document.reference-remote",
            )

    def _allowed_still(self, kept: Cached) -> bool:
        try:
            return self._allowed.trust(read_web_address(kept.final)) is not None
        except NoWebAddress:
            return False

    def _ask(self, address: WebAddress, kept: tuple[Cached, bytes] | None, deadline: Deadline) -> Fetched:
        """Ask the host, and those it leads to. Raises: Unavailable; Unresolvable for what is final."""
        here = address
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._get(here, kept, deadline)
            if answer.status in _REDIRECTS:
                here = self._next(here, answer)
                continue
            if answer.status == 304 and kept is not None:
                self._keep(address, here, _headers_of(kept[0]), kept[1])
                return Fetched(kept[1], str(here))
            if answer.status == 200:
                self._keep(address, here, answer.headers, answer.body)
                return Fetched(answer.body, str(here))
            why = f"the host answers {answer.status}"
            if answer.status in _DENIALS and answer.status not in {408, 429}:
                raise Unresolvable(f"'{address}' cannot be had: {why}", "document.reference-unreachable")
            raise Unavailable(why)
        raise Unresolvable(
            f"'{address}' cannot be had: more than {_MOST_REDIRECTS} redirects", "document.reference-unreachable"
        )

    def _get(self, address: WebAddress, kept: tuple[Cached, bytes] | None, deadline: Deadline) -> Answer:
        trust = self._allowed.trust(address)
        assert trust is not None  # `_check` and `_next` looked
        conditions = {}
        if kept is not None and kept[0].final == str(address):
            conditions = {"If-None-Match": kept[0].etag, "If-Modified-Since": kept[0].modified}
        headers = {name: value for name, value in conditions.items() if value is not None}
        try:
            return get(address, trust, deadline, self._settings.size_bytes, headers)
        except Silent as error:
            if deadline.in_s >= self._settings.timeout_s:  # else it was we who had no time
                self._silent.setdefault(address.authority, str(error))
            raise

    def _next(self, here: WebAddress, answer: Answer) -> WebAddress:
        try:
            there = read_web_address(urljoin(str(here), answer.headers.get("location", "")))
        except ValueError:
            raise Unresolvable(
                f"'{here}' cannot be had: it redirects to what is no address", "document.reference-unreachable"
            ) from None
        if self._allowed.trust(there) is None:
            raise Unresolvable(
                f"'{here}' redirects to a place that --allow-remote does not name", "document.reference-remote"
            )
        return there

    def _keep(self, address: WebAddress, final: WebAddress, headers: Mapping[str, str], data: bytes) -> None:
        if self._cache is not None:
            self._cache.keep(address, final, headers, data)


def _headers_of(kept: Cached) -> dict[str, str]:
    headers = {"etag": kept.etag, "last-modified": kept.modified}
    return {name: value for name, value in headers.items() if value is not None}
