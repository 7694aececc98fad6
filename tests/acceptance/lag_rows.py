"""Rows of lag, as the API of a running sidecar gives them."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from acceptance.commands import Sidecar

RIGHT_S = 0.5
"""How far seconds may be from the truth, against `as_of`."""


def unix_s(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def lag_rows(snapshot: dict) -> dict[tuple[str, str], dict]:
    """Give the rows of groups as a whole by group and address, each with its view."""
    rows, views = snapshot.get("lag") or [], (snapshot.get("view") or {}).get("lag") or []
    return {
        (row["group"], row["address"]): {**row, "view": view}
        for row, view in zip(rows, views, strict=True)
        if row["partition"] is None
    }


async def wait_for(command: Sidecar, ready, wanted: str) -> dict[tuple[str, str], dict]:
    end_s = time.monotonic() + 25
    while True:
        rows = lag_rows(await asyncio.to_thread(command.snapshot))
        if ready(rows):
            return rows
        assert time.monotonic() < end_s, f"{wanted}: {rows}"
        await asyncio.sleep(0.1)


def assert_right(row: dict, since_s: float, who: str) -> None:
    """See that a row's seconds are those since a moment, as of the poll; both are printed."""
    truth_s = unix_s(row["as_of"]) - since_s
    print(f"{who}: {row['seconds']:.3f} s shown, {truth_s:.3f} s in truth")
    assert abs(row["seconds"] - truth_s) <= RIGHT_S, who
