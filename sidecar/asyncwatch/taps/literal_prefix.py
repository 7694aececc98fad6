"""The text that everything a pattern matches begins with."""

from __future__ import annotations


def literal_prefix(pattern: str) -> tuple[str, bool]:
    """Give the text that every match of a regular expression begins with, and whether it is the whole match."""
    found: list[str] = []
    body = pattern.removeprefix("(?s:")
    wrapped = body != pattern
    if "|" in body.replace("\\|", ""):
        return "", False
    place = 0
    while place < len(body):
        sign = body[place]
        if sign == "\\":
            if place + 1 >= len(body) or body[place + 1].isalnum():
                break
            found.append(body[place + 1])
            place += 2
        elif sign in ".^$*+?{}[]()":
            break
        else:
            found.append(sign)
            place += 1
    rest = body[place:]
    if found and rest[:1] in {"*", "?", "{"}:
        found.pop()
    return "".join(found), rest == (r")\Z" if wrapped else "")
