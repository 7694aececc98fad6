"""Everything that can go wrong outside a message, and who has to act.

AsyncwatchError
├── Misconfigured   the user's document, option or setting is wrong; permanent
├── Unreachable     nobody answers there; try again with back-off
├── Refused         the peer answered no (credentials, rights); shown, tried again every 30 s
├── Disconnected    a connection that worked is gone; connect again
├── EndOfStream     nothing more will come; not a fault
└── InternalError   our own mistake
"""

from __future__ import annotations


class AsyncwatchError(Exception):
    """A message in lower case that names the thing and its place, a detail, and a hint what to do."""

    def __init__(self, message: str, *, detail: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        text = self.message if self.detail is None else f"{self.message}: {self.detail}"
        return text if self.hint is None else f"{text} (hint: {self.hint})"


class Misconfigured(AsyncwatchError):
    """The document, an option or a setting is wrong; trying again changes nothing."""


class MisconfiguredAll(Misconfigured):
    """All faults that start-up found, reported at once."""

    def __init__(self, faults: list[Misconfigured]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


class Unreachable(AsyncwatchError):
    """Nobody answers at that address."""


class Refused(AsyncwatchError):
    """The peer answered, and said no."""


class Disconnected(AsyncwatchError):
    """A connection that worked is gone."""


class EndOfStream(AsyncwatchError):
    """Nothing more will come from here."""

    def __init__(self, message: str = "end of stream") -> None:
        super().__init__(message)


class InternalError(AsyncwatchError):
    """Our own mistake; please report it."""
