"""The doctor's words, byte for byte."""

import json
import os
from pathlib import Path

from asyncwatch.cli.doctor.diagnosis import Section, as_json, as_text, problems
from asyncwatch.taps.base import Remark

HERE = Path(__file__).parent
SECTIONS = [
    Section("asyncwatch 0.1.0", [Remark("Python 3.11.7", "ok", "Linux x86_64"), Remark("optional part 'grpc' (grpcio)", "unknown", "not installed", "pip install 'asyncwatch-sidecar[grpc]'")]),
    Section(
        "server 'production' (kafka, kafka-1:9092)",
        [
            Remark("name kafka-1", "ok", "10.0.0.5", "never shown"),
            Remark("TCP to kafka-1:9092", "ok"),
            Remark("broker 1 advertises localhost:9092", "problem", "connection refused", "set advertised.listeners of the broker to an address that is reachable from here"),
            Remark("consumer groups", "warning", "group DESCRIBE is missing", "without it there is no lag"),
            Remark("topic \x1b[31mred", "problem", "it does not exist\n", None),
        ],
    ),
]  # fmt: skip


def golden(name, text):
    path = HERE / name
    if os.environ.get("ASYNCWATCH_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_doctor_text():
    golden("doctor.text", as_text(SECTIONS, color=False, ascii_signs=False))
    golden("doctor.ascii.text", as_text(SECTIONS, color=False, ascii_signs=True))


def test_doctor_json():
    golden("doctor.json", as_json(SECTIONS))
    assert json.loads(as_json(SECTIONS))["problems"] == problems(SECTIONS) == 2


def test_colour_marks_signs_only_and_names_steer_no_terminal():
    text = as_text(SECTIONS, color=True, ascii_signs=False)
    assert "\x1b[31m✗\x1b[0m" in text
    assert "\x1b[31mred" not in text
