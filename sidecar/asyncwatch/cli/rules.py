"""`asyncwatch rules`: the catalogue, or one rule explained."""

from __future__ import annotations

import difflib

import msgspec
import orjson

from asyncwatch.model.errors import Misconfigured
from asyncwatch.model.rules import RULES, Rule


def rules_text(rule_id: str | None, form: str) -> str:
    """Give the text to print. Raises: Misconfigured for an unknown rule."""
    if rule_id is not None and rule_id not in RULES:
        near = difflib.get_close_matches(rule_id, RULES, 1)
        raise Misconfigured(
            f"unknown rule '{rule_id}'", hint=f"did you mean '{near[0]}'?" if near else "see 'asyncwatch rules'"
        )
    chosen = list(RULES.values()) if rule_id is None else [RULES[rule_id]]
    if form == "json":
        rows = [msgspec.to_builtins(rule) | {"family": rule.family} for rule in chosen]
        return orjson.dumps(rows if rule_id is None else rows[0], option=orjson.OPT_INDENT_2).decode() + "\n"
    if rule_id is not None:
        return _explained(chosen[0])
    width = max(len(rule.id) for rule in chosen)
    return "".join(f"{rule.id:{width}}  {rule.severity:7}  {rule.meaning}\n" for rule in chosen)


def _explained(rule: Rule) -> str:
    return (
        f"{rule.id}\n\n  meaning   {rule.meaning}\n  severity  {rule.severity} (default)\n"
        f"  to do     {rule.action}\n  source    {rule.source}\n"
    )
