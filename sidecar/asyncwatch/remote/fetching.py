"""What fetches for documents, made only where something may be fetched: most runs load none of it."""

from __future__ import annotations

from collections.abc import Callable

from asyncwatch.config.settings import ReferenceSettings
from asyncwatch.contract.fetched import Fetch


def open_fetching(settings: ReferenceSettings) -> Callable[[], Fetch | None]:
    """Give what makes a fetcher for each document of a run; it makes none where nothing is allowed.

    Raises: MisconfiguredAll for prefixes that are none.
    """
    if not settings.allow:
        return lambda: None
    from asyncwatch.remote.references import RemoteReferences  # noqa: PLC0415 # loaded only where it is used

    return RemoteReferences(settings).for_document
