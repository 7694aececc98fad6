"""Log lines on standard error: text for people, JSON for collectors.

Levels say what an operator must do: ERROR act now, WARNING look when there is time, INFO nothing.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Final, Literal

import orjson

from asyncwatch.model.clock import format_time

QUIET: Final[ContextVar[bool]] = ContextVar("asyncwatch_quiet", default=False)
"""Whether what is done here has been told by another process."""
LOGGER: Final = logging.getLogger("asyncwatch")
_CONTROL: Final = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code != 9}


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = format_time(int(record.created * 1e9))
        text = printable(record.getMessage())
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return f"{moment[:19]}Z {record.levelname.lower():7} {text}"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": format_time(int(record.created * 1e9)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        happening = getattr(record, "happening", None)
        if happening is not None:
            line["event"] = happening
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def printable(text: str) -> str:
    """Replace control characters, so that no name from outside can steer a terminal."""
    return text.translate(_CONTROL)


def set_up_log(level: str, form: Literal["text", "json"]) -> None:
    """Send our log lines to standard error; other libraries' loggers stay silent below WARNING."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(level.upper())
    LOGGER.propagate = False
