"""How long reading takes: the best of some runs, since other programs take their time too."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from asyncwatch.contract.load import load_contract
from asyncwatch.reading.files import read_file
from asyncwatch.reading.tree import read_tree


def best_s(step: Callable[[], object]) -> float:
    def once() -> float:
        began_s = time.perf_counter()
        step()
        return time.perf_counter() - began_s

    return min(once() for _ in range(5))


def lines_of(count: int) -> list[str]:
    lines = ["asyncapi: 3.0.0", "info: {title: Large, version: '1'}", "channels:"]
    number = 0
    while len(lines) < count:
        number += 1
        lines += [
            f"  channel{number}:", f"    address: topic.{number}", "    messages:", f"      Message{number}:", "        name: Thing",
            "        contentType: application/json", "        payload:", "          type: object", "          required: [id, name]",
            "          properties:", "            id: {type: integer, minimum: 0}", "            name:", "              type: string",
            "              description: a text that says what a name is", "            'amount':", "              type: number",
        ]  # fmt: skip
    return lines[:count]


def test_a_document_of_5000_lines_is_read_in_half_a_second():
    text = "\n".join(lines_of(5000)).encode()
    tree = read_tree(text, "large.yaml")
    as_json = json.dumps(tree.value, indent=1).encode()
    assert read_tree(as_json, "large.json").value == tree.value
    assert best_s(lambda: read_tree(text, "large.yaml")) < 0.5
    assert best_s(lambda: read_tree(as_json, "large.json")) < 0.5


def test_a_document_of_50_messages_in_files_of_their_own_is_loaded_in_a_second(tmp_path):
    (tmp_path / "messages").mkdir()
    (tmp_path / "schemas").mkdir()
    lines = ["asyncapi: 3.0.0", "info: {title: Split, version: '1'}", "channels:"]
    for number in range(50):
        lines.append(f"  c{number}: {{address: t.{number}, messages: {{m: {{$ref: 'messages/m{number}.yaml'}}}}}}")
        (tmp_path / "messages" / f"m{number}.yaml").write_text(
            f"payload: {{$ref: '../schemas/s{number}.json#/defs/S'}}\n"
        )
        fields = {f"field{field}": {"type": "string", "maxLength": 9} for field in range(30)}
        other = {"$ref": f"s{(number + 1) % 50}.json#/defs/Id"}
        schema = {
            "S": {"type": "object", "required": ["id"], "properties": {**fields, "id": other}},
            "Id": {"type": "integer"},
        }
        (tmp_path / "schemas" / f"s{number}.json").write_text(json.dumps({"defs": schema}, indent=1))
    (tmp_path / "doc.yaml").write_text("\n".join(lines))
    contract = load_contract(str(tmp_path / "doc.yaml"), read_file)
    assert contract.findings == ()
    assert len(contract.texts) == 101
    assert all(channel.messages[0].payload.compiled is not None for channel in contract.channels.values())
    assert best_s(lambda: load_contract(str(tmp_path / "doc.yaml"), read_file)) < 1.0
