"""Runtime expressions, as far as a grammar can tell.

Source: AsyncAPI "Runtime Expressions"; its own grammar takes them without `#`, the official tools do not, and the
rules of documents say so.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.language import Text

LOCATION: Final = Text(
    pattern=r"\$message\.(?:header|payload)(?:#.*)?", expected="an expression such as `$message.header#/id`"
)
