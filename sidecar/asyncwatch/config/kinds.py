"""What a key of the configuration takes: how its value is read from a file and from a variable.

Rule: no error tells the value that was given; it may be a secret in the wrong place.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from asyncwatch.reading.duration import parse_duration
from asyncwatch.reading.web_address import NoWebAddress
from asyncwatch.reading.web_prefix import read_web_prefix

_MOST_SIGNS: Final = 8_192
_MOST_LISTED: Final = 1_000
_REFERENCE: Final = re.compile(r"\$\{(env|file):([^}\s]{1,4000})\}")
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_SIZE: Final = re.compile(r"([0-9]{1,12}) ?([kM]i?B|B)?", re.ASCII | re.IGNORECASE)
_UNIT_BYTES: Final = {"b": 1, "kb": 1_000, "mb": 1_000_000, "kib": 1_024, "mib": 1_048_576}
_EXPRESSION: Final = re.compile(r"\$message\.(header|payload)(#?(/[^\n]*)?|#)")
"""AsyncAPI 3.1, "Runtime Expression"."""


class Wrong(ValueError):
    """A value that its key does not take; the text says what is expected."""

    def __init__(self, expected: str, hint: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SecretText:
    """A secret as it was given: a reference to a variable or file, or, from a variable only, the secret itself."""

    kind: str
    text: str

    def __repr__(self) -> str:
        return "***"


class Kind(Protocol):
    """One type of value."""

    @property
    def expected(self) -> str:
        """Say what is expected, as `a duration such as 10s`."""

    def read(self, value: object) -> object:
        """Give the value in our form.

        Raises: Wrong.
        """

    def parse(self, text: str) -> object:
        """Give the value of a variable's text.

        Raises: Wrong.
        """


@dataclass(frozen=True, slots=True)
class Text:
    """Text on one line; `form` and `expected` narrow it."""

    expected: str = "text"
    form: re.Pattern[str] | None = None
    is_path: bool = False

    def read(self, value: object) -> object:
        if not isinstance(value, str) or not value.strip() or len(value) > _MOST_SIGNS or not value.isprintable():
            raise Wrong(self.expected)
        if self.form is not None and self.form.fullmatch(value) is None:
            raise Wrong(self.expected)
        return value

    def parse(self, text: str) -> object:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Boolean:
    expected: str = "true or false"

    def read(self, value: object) -> object:
        if isinstance(value, bool):
            return value
        raise Wrong(self.expected)

    def parse(self, text: str) -> object:
        folded = text.strip().lower()
        if folded in {"true", "1", "yes"}:
            return True
        if folded in {"false", "0", "no", ""}:
            return False
        raise Wrong("true or false, it is neither true nor false")


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int | None = None

    @property
    def expected(self) -> str:
        return "a whole number" if self.least is None else f"a whole number from {self.least} on"

    def read(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**20:
            raise Wrong(self.expected)
        if self.least is not None and value < self.least:
            raise Wrong(self.expected)
        return value

    def parse(self, text: str) -> object:
        if re.fullmatch(r"[-+]?[0-9]{1,20}", text.strip(), re.ASCII) is None:
            raise Wrong(self.expected)
        return self.read(int(text))


@dataclass(frozen=True, slots=True)
class Ratio:
    expected: str = "a number from 0 to 1"

    def read(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise Wrong(self.expected)
        return float(value)

    def parse(self, text: str) -> object:
        try:
            number = float(text)
        except ValueError:
            raise Wrong(self.expected) from None
        return self.read(number if math.isfinite(number) else None)


@dataclass(frozen=True, slots=True)
class Duration:
    """Units: seconds."""

    least_s: float = 0.0

    @property
    def expected(self) -> str:
        return "a duration such as 10s" + (f", at least {self.least_s:g}s" if self.least_s else "")

    def read(self, value: object) -> object:
        seconds = parse_duration(value)
        if seconds is None or seconds < self.least_s:
            raise Wrong(self.expected)
        return seconds

    def parse(self, text: str) -> object:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Size:
    """Units: bytes."""

    most: int
    expected: str = "a number of bytes such as 5MB"

    def read(self, value: object) -> object:
        size = value
        if isinstance(value, str):
            found = _SIZE.fullmatch(value.strip())
            size = int(found[1]) * _UNIT_BYTES[(found[2] or "b").lower()] if found is not None else None
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= self.most:
            raise Wrong(self.expected)
        return size

    def parse(self, text: str) -> object:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class WebPrefix:
    expected: str = "the beginning of http(s) addresses, such as https://schemas.example.com/common/, without a login"

    def read(self, value: object) -> object:
        if not isinstance(value, str):
            raise Wrong(self.expected)
        try:
            return read_web_prefix(value).text
        except NoWebAddress as error:
            raise Wrong(self.expected, str(error)) from None

    def parse(self, text: str) -> object:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words; case is `folded` where the words are names that people write either way."""

    words: tuple[str, ...]
    folded: bool = False

    @property
    def expected(self) -> str:
        return f"one of {', '.join(self.words)}"

    def read(self, value: object) -> object:
        if isinstance(value, bool) and "off" in self.words and value is False:
            return "off"  # YAML 1.1 habits: some editors write `off` as false
        if isinstance(value, str):
            for word in self.words:
                if value == word or (self.folded and value.lower() == word.lower()):
                    return word
            raise Wrong(self.expected, near(value, self.words))
        raise Wrong(self.expected)

    def parse(self, text: str) -> object:
        return self.read(text.strip())


@dataclass(frozen=True, slots=True)
class Address:
    expected: str = "HOST:PORT such as 127.0.0.1:7464"

    def read(self, value: object) -> object:
        if isinstance(value, str):
            host, _, port = value.rpartition(":")
            if host and value.isprintable() and _PORT.fullmatch(port) and int(port) <= 65_535:
                return value
        raise Wrong(self.expected)

    def parse(self, text: str) -> object:
        return self.read(text.strip())


@dataclass(frozen=True, slots=True)
class HttpUrl:
    expected: str = "an http or https address such as http://localhost:4318, without a login"

    def read(self, value: object) -> object:
        if isinstance(value, str) and value.isprintable():
            try:
                parts = urlsplit(value)
                if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and "@" not in parts.netloc:
                    return value
            except ValueError:
                pass
        raise Wrong(self.expected)

    def parse(self, text: str) -> object:
        return self.read(text.strip())


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The address of a broker: `host:port`, several with commas, a scheme before it; never a login."""

    expected: str = "HOST:PORT such as kafka-1:9092, without a login"

    def read(self, value: object) -> object:
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or "@" in value:
            raise Wrong(self.expected)
        return value.strip()

    def parse(self, text: str) -> object:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A secret. In a file it is a reference only; in a variable it may be the secret itself."""

    expected: str = "${env:NAME} or ${file:PATH}, never the secret itself"

    def read(self, value: object) -> object:
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise Wrong(self.expected)
        return SecretText(found[1], found[2])

    def parse(self, text: str) -> object:
        found = _REFERENCE.fullmatch(text)
        return SecretText("text", text) if found is None else SecretText(found[1], found[2])


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; in a variable its items stand with commas between them."""

    kind: Kind

    @property
    def expected(self) -> str:
        return f"a list, each {self.kind.expected}"

    def read(self, value: object) -> object:
        if not isinstance(value, list) or len(value) > _MOST_LISTED:
            raise Wrong(self.expected)
        return tuple(self.kind.read(item) for item in value)

    def parse(self, text: str) -> object:
        return tuple(self.kind.parse(part.strip()) for part in text.split(",") if part.strip())


def near(given: str, known: Sequence[str]) -> str | None:
    """Ask whether a known word was meant; None if none is near."""
    found = difflib.get_close_matches(given[:200].lower(), known, 1, 0.6)
    return f"did you mean '{found[0]}'?" if found else None


TEXT: Final = Text()
PATH: Final = Text("the path of a file", is_path=True)
GLOB: Final = Text("a pattern such as orders.*")
EXPRESSION: Final = Text("an expression such as $message.header#/sequence_id", _EXPRESSION)
SECRET: Final = SecretReference()
