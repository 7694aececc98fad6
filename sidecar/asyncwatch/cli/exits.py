"""Exit codes.

Source: interfaces.md §1.
"""

from __future__ import annotations

from typing import Final

FINE: Final = 0
FOUND: Final = 1
WRONG_USAGE: Final = 2
NOT_OBSERVED: Final = 3
INTERRUPTED: Final = 130
