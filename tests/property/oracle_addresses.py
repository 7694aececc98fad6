"""Slow and plain: does a real address belong to a documented one? By recursion over words and signs, no patterns."""

from __future__ import annotations

import re
import string
from functools import cache, lru_cache

KAFKA_LEGAL = frozenset(string.ascii_letters + string.digits + "._-")
_PIECES = re.compile(r"\{([^{}]+)\}")


def words_of(address: str, separators: str) -> list[str]:
    """Cut at separators outside of braces; separators are words of their own."""
    words, depth = [""], 0
    for sign in address:
        depth += (sign == "{") - (sign == "}")
        if sign in separators and depth == 0:
            words += [sign, ""]
        else:
            words[-1] += sign
    return words


@lru_cache(maxsize=200_000)
def fills(word: str, text: str) -> bool:
    """Tell whether a word becomes a text when each placeholder becomes at least one sign."""
    if not word:
        return not text
    found = _PIECES.match(word)
    if found is None:
        return bool(text) and word[0] == text[0] and fills(word[1:], text[1:])
    rest = word[found.end() :]
    return any(fills(rest, text[taken:]) for taken in range(1, len(text) + 1))


def kafka(address: str, topic: str) -> bool:
    """Placeholders take legal signs but the separators beside them."""
    if not 1 <= len(topic) <= 249:
        return False

    @cache
    def match(at: int, before: str, place: int) -> bool:
        if at == len(address):
            return place == len(topic)
        found = _PIECES.match(address, at)
        if found is None:
            return topic[place : place + 1] == address[at] and match(at + 1, address[at], place + 1)
        beside = {before, address[found.end() : found.end() + 1]} & set("._-")
        end = place
        while end < len(topic) and topic[end] in KAFKA_LEGAL - beside:
            end += 1
            if match(found.end(), "}", end):
                return True
        return False

    return match(0, "", 0)


def nats(address: str, subject: str) -> bool:
    return _tokens(tuple(words_of(address, ".")[::2]), tuple(subject.split(".")))


def _tokens(words: tuple[str, ...], real: tuple[str, ...]) -> bool:
    if not words or not real:
        return not words and not real
    if words == (">",):
        return all(real)
    fits = bool(real[0]) if words[0] == "*" else fills(words[0], real[0])
    return fits and _tokens(words[1:], real[1:])


def mqtt(address: str, topic: str) -> bool:
    levels = words_of(address, "/")[::2]
    first_is_open = levels[0] in {"+", "#"} or "{" in levels[0]
    if not topic or (topic.startswith("$") and first_is_open):
        return False
    return _levels(tuple(levels), tuple(topic.split("/")))


def _levels(levels: tuple[str, ...], real: tuple[str, ...]) -> bool:
    if levels == ("#",):
        return True
    if not levels or not real:
        return not levels and not real
    return (levels[0] == "+" or fills(levels[0], real[0])) and _levels(levels[1:], real[1:])


def amqp(address: str, key: str) -> bool:
    return _keys(tuple(words_of(address, ".")[::2]) if address else (), tuple(key.split(".")) if key else ())


def _keys(words: tuple[str, ...], real: tuple[str, ...]) -> bool:
    if not words:
        return not real
    if words[0] == "#":
        return any(_keys(words[1:], real[taken:]) for taken in range(len(real) + 1))
    if not real:
        return False
    return (words[0] == "*" or fills(words[0], real[0])) and _keys(words[1:], real[1:])


def segments(address: str, real: str, separators: str) -> bool:
    """Tell whether each word between separators fills the one in its place; separators stand for themselves."""
    words, found = words_of(address, separators), words_of(real.replace("{", "<").replace("}", ">"), separators)
    return len(words) == len(found) and all(fills(one, other) for one, other in zip(words, found, strict=True))


def glob(pattern: str, text: str) -> bool:
    """What Redis does for PSUBSCRIBE, without classes of signs; a placeholder takes no separator that stands beside one."""
    beside = {
        sign
        for found in _PIECES.finditer(pattern)
        for sign in (pattern[found.start() - 1 : found.start()], pattern[found.end() : found.end() + 1])
    }
    closed = (beside & set("./:_-|")) or {"/"}

    @cache
    def match(at: int, place: int) -> bool:
        if at == len(pattern):
            return place == len(text)
        found = _PIECES.match(pattern, at)
        if found is not None:
            end = place
            while end < len(text) and text[end] not in closed:
                end += 1
                if match(found.end(), end):
                    return True
            return False
        if pattern[at] == "*":
            return any(match(at + 1, end) for end in range(place, len(text) + 1))
        return place < len(text) and pattern[at] in {"?", text[place]} and match(at + 1, place + 1)

    return match(0, 0)
