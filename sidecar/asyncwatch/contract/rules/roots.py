"""What must be referred to at the root: servers of channels, channels and messages of operations and replies.

In 3.x the official parser compares the texts of the references; of replies it asks nothing. A 2.x channel names servers.
Source: AsyncAPI 3.1, "Channel Object", "Operation Object", "Operation Reply Object"; 2.6, "Channel Item Object".
"""

from __future__ import annotations

from urllib.parse import unquote

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.sites import Site
from asyncwatch.model.severity import Severity


def named_servers(survey: Survey) -> None:
    """Look up the servers that channels are said to be on."""
    if survey.major > 2:
        for channel in survey.channels:
            listed = survey.inside(channel.site, "servers")
            for item in listed.items() if listed is not None else ():
                _expect_below(survey, item, "servers", "document.channel-server", f"{channel.what} names a server")
        return
    servers = survey.inside(survey.root, "servers")
    known = servers.value if servers is not None and isinstance(servers.value, dict) else {}
    for channel in survey.channels:
        listed = survey.inside(channel.site, "servers")
        for item in listed.items() if listed is not None else ():
            if isinstance(item.value, str) and item.value not in known:
                survey.add(
                    "document.channel-server", "error",
                    f"{channel.what} names server {quote(item.value)}, which the document does not have", item,
                )  # fmt: skip


def referred_channels(survey: Survey) -> None:
    """Look at the channels and messages that 3.x operations and their replies refer to."""
    if survey.major == 2:
        return
    for operation in survey.operations:
        channel = operation.site.child("channel")
        if channel is not None:
            _expect_below(
                survey, channel, "channels", "document.operation-channel", f"{operation.what} is on a channel"
            )
        reply = survey.inside(operation.site, "reply")
        channel = reply.child("channel") if reply is not None else None
        if channel is not None:
            what = f"the reply of {operation.what} is on a channel"
            _expect_below(survey, channel, "channels", "document.reply", what, "warning")
    for operation in [*survey.operations, *survey.component_operations]:
        _expect_messages(survey, operation.site, operation.what, "document.operation-message", "error")
        reply = survey.inside(operation.site, "reply")
        if reply is not None:
            _expect_messages(survey, reply, f"the reply of {operation.what}", "document.reply", "warning")


def _expect_below(survey: Survey, item: Site, key: str, rule: str, what: str, severity: Severity = "error") -> None:
    """Demand that a reference names a member of the document's own `servers` or `channels`."""
    reference = item.reference
    if reference is None:
        return
    if f"#/{key}/" not in reference:
        survey.add(rule, severity, f"{what} that does not stand below `{key}`: {quote(reference)}", item)
    elif not reference.startswith("#") or item.file != survey.root.file:
        target = survey.follow(item)
        listed = survey.inside(survey.root, key)
        own = [survey.follow(site) for _, site in listed.members()] if listed is not None else []
        if target is not None and target not in own:
            survey.add(rule, "warning", f"{what} of another document: {quote(reference)}", item)


def _expect_messages(survey: Survey, holder: Site, what: str, rule: str, severity: Severity) -> None:
    """Demand that the messages of an operation or reply are referred to through its channel."""
    channel = holder.child("channel")
    listed = survey.inside(holder, "messages")
    if channel is None or listed is None:
        return
    start = None if channel.reference is None else unquote(channel.reference) + "/messages/"
    for item in listed.items():
        if item.reference is not None and (start is None or not unquote(item.reference).startswith(start)):
            survey.add(
                rule, severity, f"{what} has a message that is not one of its channel: {quote(item.reference)}", item
            )
