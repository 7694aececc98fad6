"""All tests on two lanes at once: `python tests/setup/lanes.py [pytest's options]`.

Tests with servers mostly wait, tests without them mostly compute, so both together take little longer than the first.
Rule 1: every folder of tests is on one of the lanes; a new one that is on neither is an error.
Rule 2: the lane with servers is shown as it runs, the other when it has ended; the worse code of both is the result.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
WITHOUT_SERVERS = ("golden", "house", "property", "tui", "unit")
WITH_SERVERS = ("acceptance", "conformance", "fault", "setup")
NO_TESTS = ("bench", "servers")


def folders_left_out() -> list[str]:
    """Folders of tests that no lane runs."""
    known = {*WITHOUT_SERVERS, *WITH_SERVERS, *NO_TESTS}
    return sorted(
        one.name
        for one in TESTS.iterdir()
        if one.is_dir() and not one.name.startswith(("_", ".")) and one.name not in known
    )


def command(folders: tuple[str, ...], options: list[str]) -> list[str]:
    """The call of pytest for a lane."""
    return [sys.executable, "-m", "pytest", *options, *(str(TESTS / one) for one in folders)]


def main(options: list[str]) -> int:
    left_out = folders_left_out()
    if left_out:
        sys.stderr.write(f"tests/setup/lanes.py: put {', '.join(left_out)} on a lane\n")
        return 2
    with tempfile.TemporaryFile("w+", errors="replace") as told:
        beside = subprocess.Popen(
            command(WITHOUT_SERVERS, options), stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT
        )
        try:
            code = subprocess.run(command(WITH_SERVERS, options), stdin=subprocess.DEVNULL, check=False).returncode
            code_beside = beside.wait()
        finally:
            beside.kill()
            beside.wait()
        told.seek(0)
        sys.stdout.write(told.read())
    return max(code, code_beside, key=abs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
