"""Random input through everything that reads bytes, round after round with fresh seeds: `python tests/setup/soak.py`.

Rule 1: a new round begins as long as ASYNCWATCH_SOAK_S seconds (600 unless told) are not over; the last one ends in full.
Rule 2: the first round that fails, hangs or finds no test ends the run with its output and code 1.
"""

from __future__ import annotations

import math
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence

PLACES = ("tests/property", "tests/conformance/test_check_laws.py")
"""What is run unless paths are given."""

_DEFAULT_S = 600.0
_ROUND_LIMIT_S = 900.0  # a round takes seconds; what is not over by then hangs


def soak_s() -> float | None:
    """How long to go on, as ASYNCWATCH_SOAK_S says; None if it says no number of seconds."""
    try:
        seconds = float(os.environ.get("ASYNCWATCH_SOAK_S") or _DEFAULT_S)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def run_round(places: Sequence[str], seed: int) -> tuple[bool, str]:
    """Run the tests once with a seed: whether all passed, and pytest's output."""
    # The profile is named because under CI Hypothesis would choose one that ignores seeds.
    # The plugin of schemathesis hides the values that Hypothesis found.
    arguments = [
        "-q",
        "--color=no",
        "-p",
        "no:schemathesis",
        "--hypothesis-profile=default",
        f"--hypothesis-seed={seed}",
        *places,
    ]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=_ROUND_LIMIT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as expired:
        told = (expired.stdout or b"").decode(errors="replace")
        return False, f"{told}\nthe round was not over after {_ROUND_LIMIT_S:g} s\n"
    return done.returncode == 0, done.stdout


def summary(output: str) -> str:
    """What pytest said last, without its own time: `40 passed`."""
    lines = output.strip().splitlines() or ["no output"]
    return re.sub(r" in [\d.]+s.*$", "", lines[-1].strip("= "))


def main(places: Sequence[str]) -> int:
    seconds = soak_s()
    if seconds is None:
        print("soak: ASYNCWATCH_SOAK_S: not a number of seconds above 0", file=sys.stderr)
        return 2
    seeds = random.SystemRandom()
    begin = time.monotonic()
    number = 0
    while (since := time.monotonic()) - begin < seconds:
        number += 1
        seed = seeds.randrange(2**32)
        passed, output = run_round(places, seed)
        took_s = time.monotonic() - since
        print(f"round {number}: seed {seed}, {summary(output)}, {took_s:.1f} s", flush=True)
        if not passed:
            print(output)
            print(
                f"again: .venv/bin/python -m pytest --hypothesis-profile=default --hypothesis-seed={seed} {' '.join(places)}"
            )
            return 1
    print(f"nothing found in {number} {'round' if number == 1 else 'rounds'}, {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:] or PLACES))
    except KeyboardInterrupt:
        print("interrupted; every round so far passed")
        sys.exit(130)
