"""One line of text being typed: the text, the cursor, and the keys that move it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_WORD_BREAK: Final = " "


@dataclass(slots=True)
class LineEditor:
    """A bounded line. `cursor` counts characters before it."""

    longest: int
    text: str = ""
    cursor: int = 0

    def insert(self, text: str) -> None:
        """Put text in at the cursor; what cannot be printed, or is too much, is left out."""
        text = "".join(char for char in text if char.isprintable())[: self.longest - len(self.text)]
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def press(self, key: str, character: str | None) -> bool:
        """Take a key; False when it is none of an editor's."""
        match key:
            case "left":
                self.cursor = max(self.cursor - 1, 0)
            case "right":
                self.cursor = min(self.cursor + 1, len(self.text))
            case "home" | "ctrl+a":
                self.cursor = 0
            case "end" | "ctrl+e":
                self.cursor = len(self.text)
            case "backspace":
                self._delete(max(self.cursor - 1, 0), self.cursor)
            case "delete":
                self._delete(self.cursor, self.cursor + 1)
            case "ctrl+u":
                self._delete(0, self.cursor)
            case "ctrl+w":
                kept = self.text[: self.cursor].rstrip(_WORD_BREAK)
                self._delete(kept.rfind(_WORD_BREAK) + 1, self.cursor)
            case _:
                if character is None or not character.isprintable():
                    return False
                self.insert(character)
        return True

    def clear(self) -> None:
        """Empty the line."""
        self.text, self.cursor = "", 0

    def _delete(self, start: int, end: int) -> None:
        self.text = self.text[:start] + self.text[end:]
        self.cursor = start
