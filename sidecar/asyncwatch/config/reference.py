"""The whole configuration as a commented file: every key with its default, or with an example where it has none."""

from __future__ import annotations

from collections.abc import Iterator

from asyncwatch.config.keys import MODEL, Each, Either, Key, Node, Section
from asyncwatch.config.kinds import Duration, ListOf, Ratio, Size, Whole, Word

_HEAD = (
    "## asyncwatch.yaml: every key and what it means. Take the '# ' away before what you need.",
    "## `asyncwatch --config FILE` or ASYNCWATCH_CONFIG names the file; paths in it are relative to its folder.",
    "## The same key as a variable: checks.values is ASYNCWATCH_CHECKS__VALUES. Flags win over variables, variables",
    "## over the file, the file over the document. Secrets are references: ${env:NAME} or ${file:PATH}.",
)
_TOLD = (Word, ListOf, Whole, Duration, Ratio, Size)


def config_reference() -> str:
    """Write the commented whole; it is a configuration file that says nothing."""
    lines = list(_HEAD)
    for name, node in MODEL.keys.items():
        lines += ["", *_node(name, node, "")]
    return "\n".join(lines) + "\n"


def _node(name: str, node: Node, indent: str) -> Iterator[str]:
    match node:
        case Key():
            value, is_default = (node.example, False) if node.default is None else (node.default, True)
            yield _line(f"{indent}{name}: {value}", _meaning(node) + ("" if is_default else "; no default"))
        case Either():
            yield _line(f"{indent}{name}: {node.key.example}", node.key.kind.expected)
            yield _line(f"{indent}sequence.gap: {{{node.each.example}: info}}", f"or by {node.each.what}")
        case Section():
            yield _line(f"{indent}{name}:", node.meaning)
            for inner, below in node.keys.items():
                yield from _node(inner, below, indent + "  ")
        case Each():
            yield _line(f"{indent}{name}:", node.meaning)
            yield from _node(node.example, node.node, indent + "  ")


def _meaning(key: Key) -> str:
    return f"{key.meaning}: {key.kind.expected}" if isinstance(key.kind, _TOLD) else key.meaning


def _line(text: str, remark: str) -> str:
    return f"{'# ' + text:<46}  # {remark}"
