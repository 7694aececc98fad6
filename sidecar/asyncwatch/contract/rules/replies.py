"""Replies: an address that is learned from the message goes with a channel whose address is not known.

Source: AsyncAPI 3.1, "Operation Reply Object": with `address`, the channel's own address is null or absent.
"""

from __future__ import annotations

from asyncwatch.contract.rules.survey import Survey


def consistent_replies(survey: Survey) -> None:
    """Name each reply that says twice where it goes."""
    if survey.major == 2:
        return
    for operation in [*survey.operations, *survey.component_operations]:
        reply = survey.inside(operation.site, "reply")
        if reply is None or survey.inside(reply, "address") is None:
            continue
        own = survey.inside(reply, "channel", "address")
        if own is not None and isinstance(own.value, str):
            survey.add(
                "document.reply", "warning",
                f"the reply of {operation.what} has an address of its own and a channel with one: "
                "leave one of them out",
                reply.child("address") or reply,
            )  # fmt: skip
