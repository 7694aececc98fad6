"""The result states a message can have; exactly one each.

Source: interfaces.md §3 (`messages`), facts on matching (result state table).
"""

from __future__ import annotations

from typing import Final

VALID: Final = 0
INVALID: Final = 1
AMBIGUOUS: Final = 2
UNDECODABLE: Final = 3
TOMBSTONE: Final = 4
UNCHECKED: Final = 5
UNKNOWN: Final = 6

STATES: Final = ("valid", "invalid", "ambiguous", "undecodable", "tombstone", "unchecked", "unknown")
"""The state words, indexed by the codes above."""
