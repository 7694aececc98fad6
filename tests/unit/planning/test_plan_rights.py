"""Rights as text: small, ready to paste, and safe whatever a document calls its channels."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from asyncwatch.cli.configured import configuration
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.planning.rights import rights_text
from asyncwatch.cli.planning.run import make
from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.build import undocumented_filter
from asyncwatch.taps.base import Filter
from asyncwatch.taps.kafka.outlook import kafka_outlook
from asyncwatch.taps.nats.jetstream import Stream
from asyncwatch.taps.nats.outlook import nats_outlook
from asyncwatch.taps.planned import Wish
from servers.kafka_acls import read_commands

NASTY = "a'; touch broken; '\n\x1b[31m$(touch broken)`touch broken`\"\\\u202e"


def document(folder: Path, host: str, protocol: str, *addresses: str, name: str = "production") -> Path:
    path = folder / "document.json"
    channels = {
        f"channel {number}": {
            "address": address, "messages": {"M": {}},
            "parameters": {found: {} for found in re.findall(r"\{(\w+)\}", address)},
        }
        for number, address in enumerate(addresses)
    }  # fmt: skip
    path.write_text(
        json.dumps(
            {
                "asyncapi": "3.0.0", "info": {"title": "t", "version": "1"},
                "servers": {name: {"host": host, "protocol": protocol}}, "channels": channels,
            }
        )
    )  # fmt: skip
    return path


def rights(path: Path, form: str, principal: str | None = None, **options: object) -> str:
    configuration.cache_clear()
    observing = Observing([str(path)], None, None, None, None, "now", None, "1s", None, **options)
    return rights_text(asyncio.run(make(observing, offline=True, rights=form)), form, principal)


def topics(*names: str) -> list[Filter]:
    return [
        Filter(name, None if "{" in name else name, re.compile("unused") if "{" in name else None, template=name)
        for name in names
    ]


def kafka_rights(*names: str, **wish: object) -> set[tuple[str, str, bool]]:
    found = kafka_outlook("s", ServerSettings(""), topics(*names), Wish(**wish)).rights
    return {(one.operation, one.name, one.prefix) for one in found}


def test_a_topic_below_a_prefix_takes_no_right_of_its_own():
    assert kafka_rights("orders.created", "orders.{region}", lag=False) == {("READ", "orders.", True)}
    assert kafka_rights("orders.created", "{tenant}.orders", lag=False) == {("READ", "*", False)}
    assert kafka_rights("orders", "orders.eu", lag=False) == {("READ", "orders", False), ("READ", "orders.eu", False)}


def test_without_lag_nothing_is_asked_about_groups_and_settings():
    assert kafka_rights("orders", lag=False) == {("READ", "orders", False)}
    assert kafka_rights("orders", lag=False, group="mine") == {("READ", "orders", False), ("READ", "mine", False)}
    assert ("DESCRIBE", "*", False) in kafka_rights("orders")


def test_a_group_that_means_every_group_is_refused():
    with pytest.raises(Misconfigured, match="every group"):
        kafka_rights("orders", group="*")


def test_an_undocumented_glob_takes_the_prefix_of_what_it_matches():
    wanted = [undocumented_filter("audit.*"), undocumented_filter("raw"), undocumented_filter("*.dlq")]
    found = kafka_outlook("s", ServerSettings(""), wanted[:2], Wish(lag=False)).rights
    assert [(one.name, one.prefix) for one in found] == [("audit.", True), ("raw", False)]
    found = kafka_outlook("s", ServerSettings(""), wanted, Wish(lag=False)).rights
    assert [(one.name, one.prefix) for one in found] == [("*", False)]


def test_names_that_no_topic_has_get_no_right():
    outlook = kafka_outlook("s", ServerSettings(""), topics("a b", "..", "a/{x}", "*"), Wish())
    assert not outlook.rights
    assert all(one.left is not None for one in outlook.readings)


def test_a_shell_takes_nothing_from_a_document_for_a_command(tmp_path: Path):
    path = document(tmp_path, NASTY, "kafka", "orders", "-e.v_il", NASTY, "x\ntouch broken", name=NASTY)
    script = rights(path, "kafka-acls", principal=f"User:{NASTY}")
    assert "\x1b" not in script
    assert "\u202e" not in script
    assert {one.name for one in read_commands(script)} == {"orders", "-e.v_il", "*"}
    shown = "kafka-acls.sh() { printf '%s\\0' \"$@\"; }\n" + script
    done = subprocess.run(["bash", "-eu"], input=shown, capture_output=True, text=True, cwd=tmp_path, check=True)
    words = done.stdout.split("\0")
    assert words.count("--add") == len(read_commands(script)) == 5
    assert sorted(one.name for one in tmp_path.iterdir()) == ["document.json"]


def test_a_kafka_user_is_yaml_with_the_same_rights(tmp_path: Path):
    path = document(tmp_path, "h:1", "kafka", "orders", "yes", "1.0", "eu.{x}", NASTY, name=NASTY)
    loaded = yaml.safe_load(rights(path, "strimzi"))
    assert loaded["kind"] == "KafkaUser"
    assert loaded["metadata"]["name"] == "asyncwatch"
    found = {
        (operation, one["resource"]["type"], one["resource"]["name"], one["resource"]["patternType"])
        for one in loaded["spec"]["authorization"]["acls"]
        for operation in one["operations"]
    }
    commands = read_commands(rights(path, "kafka-acls"))
    assert found == {
        (
            one.operation,
            one.kind,
            one.name,
            one.pattern.removesuffix("ed") if one.pattern == "prefixed" else one.pattern,
        )
        for one in commands
    }
    with pytest.raises(Misconfigured, match="cannot be the name of a KafkaUser"):
        rights(path, "strimzi", principal="Some Body")


def test_documented_groups_are_named_for_who_wants_less_than_all(tmp_path: Path):
    path = document(tmp_path, "h:1", "kafka", "orders")
    assert "in place of" not in rights(path, "kafka-acls")
    text = json.loads(path.read_text())
    text["operations"] = {
        "take": {
            "action": "receive", "channel": {"$ref": "#/channels/channel 0"},
            "bindings": {"kafka": {"groupId": {"type": "string", "enum": ["billing", NASTY]}}},
        }
    }  # fmt: skip
    path.write_text(json.dumps(text))
    script = rights(path, "kafka-acls")
    assert "in place of '*': a'; touch broken; '" in script
    assert ", billing\n" in script
    assert len(read_commands(script)) == 3


def test_rights_of_another_protocol_are_wrong_usage(tmp_path: Path):
    with pytest.raises(Misconfigured, match="no channel of the documents is read over nats"):
        rights(document(tmp_path, "h:1", "kafka", "orders"), "nats")


def stream(name: str, *subjects: str, queue: bool = False) -> Stream:
    return Stream(name, subjects, queue, "", 1, 0, None, None)


def nats_rights(mode: str, wish: Wish, streams: list[Stream] | None, *subjects: str) -> set[str]:
    settings = ServerSettings("", protocol="nats", nats=mode)
    return {str(one) for one in nats_outlook("s", settings, topics(*subjects), wish, streams).rights}


def test_subscriptions_alone_take_no_right_to_ask():
    assert nats_rights("core", Wish(lag=False), None, "a.b", "c.{x}") == {"subscribe to a.b", "subscribe to c.*"}


def test_known_streams_narrow_the_rights():
    streams = [stream("orders", "orders.>"), stream("jobs", "jobs", queue=True), stream("other", "other.>")]
    found = nats_rights("auto", Wish(lag=False), streams, "orders.a", "jobs", "plain")
    assert found == {
        "subscribe to plain", "subscribe to _INBOX.>", "publish to $JS.API.STREAM.LIST",
        "publish to $JS.API.CONSUMER.CREATE.orders.*", "publish to $JS.API.CONSUMER.DELETE.orders.*",
        "publish to $JS.FC.orders.>", "publish to $JS.API.STREAM.INFO.jobs", "publish to $JS.API.STREAM.MSG.GET.jobs",
    }  # fmt: skip
    found = nats_rights("auto", Wish(lag=False, since="time"), streams, "orders.a")
    assert "publish to $JS.API.STREAM.MSG.GET.orders" in found


def test_a_subject_below_another_takes_no_right_of_its_own():
    assert nats_rights("core", Wish(lag=False), None, "a.b", "a.{x}", "a.c") == {"subscribe to a.*"}


def test_subjects_that_may_not_be_subscribed_to_get_no_right():
    outlook = nats_outlook(
        "s", ServerSettings("", protocol="nats", nats="core"), topics("_INBOX.x", "a b", "{any}"), Wish(lag=False)
    )
    assert not outlook.rights
    assert all(one.left for one in outlook.readings)
