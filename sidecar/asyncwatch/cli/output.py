"""Where a command's result goes: standard output, or a file."""

from __future__ import annotations

import sys

from asyncwatch.model.errors import Misconfigured


def write_output(text: str, output: str | None) -> None:
    """Write to a file, or to standard output where `output` is None. Raises: Misconfigured."""
    try:
        if output is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            with open(output, "w", encoding="utf-8") as file:
                file.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        if output is None:
            sys.stdout = None  # what it still holds must not fail again at exit
        place = "standard output" if output is None else f"-o '{output}'"
        raise Misconfigured(
            f"{place} cannot be written", detail=error.strerror, hint="give a place with -o FILE"
        ) from None
