"""Texts of documents inside commands and comments: nothing in them ends a line or steers a terminal."""

from __future__ import annotations


def plain(text: str) -> str:
    """Replace every sign that cannot be seen, or that turns the direction of others."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def commented(lines: list[str]) -> str:
    """Write lines as comments, as a shell, YAML and nats-server's configuration know them."""
    return "".join(f"# {plain(line)}\n" for line in lines)
