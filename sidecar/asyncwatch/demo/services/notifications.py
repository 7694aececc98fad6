"""Notifications go to whoever listens at that moment; the audit writes to a subject that nobody documented."""

from __future__ import annotations

from asyncwatch.demo.desk import Desk

PER_SECOND = 8.0


async def run(desk: Desk) -> None:
    """Queue mails for ever, and audit some of them."""
    async for n in desk.ticks(PER_SECOND):
        await desk.shout("notifications.email.queued", {"to": "somebody", "template": n % 7})
        if n % 6 == 0:
            await desk.shout("audit.raw", {"line": n})
