"""Which documents `lint` is about: files, patterns and folders."""

from __future__ import annotations

import os

import pytest

from asyncwatch.cli.linting.gather import gather
from asyncwatch.model.errors import MisconfiguredAll

DOCUMENT = "asyncapi: 3.0.0\n"


@pytest.fixture
def folder(tmp_path):
    for name, text in {
        "b.yaml": DOCUMENT,
        "a.json": '{"info": {}, "asyncapi": "2.6.0"}',
        "deep/c.yml": "# a comment first\nid: x\n'asyncapi': 3.0.0\n",
        "deep/messages.yaml": "Order: {payload: {}}\n",
        "notes.txt": DOCUMENT,
        ".hidden/d.yaml": DOCUMENT,
        "node_modules/x/e.yaml": DOCUMENT,
        "empty.yaml": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names(folder, found):
    return [os.path.relpath(one, folder) for one in found]


def test_a_folder_gives_its_documents_and_no_fragments(folder):
    assert names(folder, gather([str(folder)])) == ["a.json", "b.yaml", "deep/c.yml"]


def test_a_pattern_gives_every_file_that_fits(folder):
    found = gather([str(folder / "**" / "*.y*ml")])
    assert names(folder, found) == ["b.yaml", "deep/c.yml", "deep/messages.yaml", "empty.yaml", "node_modules/x/e.yaml"]


def test_a_named_file_is_taken_as_it_is_and_once(folder):
    one = str(folder / "notes.txt")
    assert gather([one, one]) == [one]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder):
    (folder / "a[1].yaml").write_text(DOCUMENT)
    assert gather([str(folder / "a[1].yaml")]) == [str(folder / "a[1].yaml")]


def test_every_name_behind_which_nothing_lies_is_told(folder):
    (folder / "nothing").mkdir()
    with pytest.raises(MisconfiguredAll) as error:
        gather([str(folder / "nothing"), str(folder / "*.avsc")])
    assert [one.message for one in error.value.faults] == [
        f"no AsyncAPI document lies in '{folder / 'nothing'}'", f"'{folder / '*.avsc'}' fits no file",
    ]  # fmt: skip


def test_a_folder_that_links_to_itself_has_an_end(folder):
    (folder / "deep" / "up").symlink_to(folder)
    assert names(folder, gather([str(folder)])) == ["a.json", "b.yaml", "deep/c.yml"]
