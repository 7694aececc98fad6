"""What a document describes passes, and the same broken in one place fails with that place: for every public document."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft201909Validator, Draft202012Validator

from asyncwatch.contract.load import load_contract
from asyncwatch.decode.media_type import is_json
from asyncwatch.model.state import STATES
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.pipeline.build import make_replay_plan
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.route import RouteSettings
from engine import KEY_HASH, judge_by
from property.oracle_samples import breakages, fitting_sample

NO_SAMPLE = {
    # exactly one of two schemas that both take nearly everything
    "asyncapi-spec/3.1.0/oneof-asyncapi.yml": {"testMessages"},
    "asyncapi-spec/2.0.0/oneof.yml": {"testMessages"},
    "asyncapi-spec/2.5.0/oneof.yml": {"testMessages"},
    # a base class that is one of its own derived classes
    "springwolf/kafka-asyncapi.yaml": {"io.github.springwolf.examples.kafka.dtos.discriminator.VehicleBase"},
}
"""Messages without an example for which no simple value can be made."""
WRONG_EXAMPLES = {"asyncapi-spec/3.1.0/kraken-websocket-request-reply-multiple-channels-asyncapi.yml": 2}
"""Documented examples that do not fit their own schema."""
MOST_BREAKAGES = 30


class Recorder:
    """An outlet that notes what was found about each row, by its offset."""

    def __init__(self):
        self.rows = {}

    def offer(self, obs):
        for row, position in enumerate(obs.batch.positions):
            faults = [fault for at, fault in obs.faults if at == row]
            self.rows[position] = STATES[obs.state[row]], faults

    def announce(self, findings):
        pass

    async def run(self):
        pass

    async def drain(self, deadline_s):
        return 0

    def statistics(self):
        return OutletStatistics("recorder", "messages", "ok", 0, 0, 0, 0, None)


def address_of(channel):
    """Fill in the placeholders and wildcards of a channel's address."""
    address = channel.address
    for one in channel.parameters:
        value = one.values[0] if one.values else None
        if value is None and one.schema is not None and one.schema.compiled is not None:
            made = fitting_sample(one.schema.compiled.bundle, one.schema.compiled.is_valid)
            value = made if isinstance(made, str) else json.dumps(made)
        address = address.replace("{" + one.name + "}", value or "x1")
    return re.sub(r"\*|#$|>$", "x2", address)


def values_of(schema, given, *, has_given):
    if has_given:
        return given
    return fitting_sample(schema.compiled.bundle, schema.compiled.is_valid) if schema is not None else None


def samples_of(message):
    """Give (payload, headers) of every documented example, else of one that is made."""
    found = [
        (one.payload, values_of(message.headers, one.headers, has_given=one.has_headers))
        for one in message.examples
        if one.has_payload
    ]
    if not found:
        payload = fitting_sample(message.payload.compiled.bundle, message.payload.compiled.is_valid)
        found = [(payload, values_of(message.headers, None, has_given=False))]
    return found


def line(server, channel, message, payload, headers, offset):
    texts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in (headers or {}).items()}
    made = {"address": address_of(channel), "offset": offset, "timestamp": "2026-11-23T14:02:11Z"}
    made |= {"headers": list(texts.items()), "payload": json.dumps(payload)} | ({"server": server} if server else {})
    if message.kafka_key is not None:
        key = fitting_sample(message.kafka_key.compiled.bundle, message.kafka_key.compiled.is_valid)
        made["key"] = key if isinstance(key, str) else json.dumps(key)
    return made


def takes(schema, value):
    """The oracle: another implementation of JSON Schema says whether a value fits, formats left aside."""
    kind = {"2019-09": Draft201909Validator, "2020-12": Draft202012Validator}
    chosen = next((one for name, one in kind.items() if name in schema.format), Draft7Validator)
    return chosen(schema.compiled.bundle).is_valid(value)


class Trip:
    """One document, and everything that is sent on it."""

    def __init__(self, path, folder):
        contract = load_contract(str(path), lambda name: Path(name).read_bytes(), folder=folder)
        self.contract = contract
        self.lines, self.expected = [], []
        self.unreadable = self.unfitting = 0
        self.without = set()
        for channel in contract.channels.values():
            server = next(iter(channel.servers or contract.servers), None)
            if channel.address is None:
                continue
            rivals = [
                one
                for other in contract.channels.values()
                if other.address == channel.address
                for one in other.messages
                if one.payload is not None and one.payload.compiled is not None
            ]
            for message in channel.messages:
                self.add(server, channel, message, rivals)

    def add(self, server, channel, message, rivals):
        if message.payload is None:
            return
        guessed = "avro/binary" if "avro" in message.payload.format else "application/json"
        content_type = message.content_type or self.contract.default_content_type or guessed
        if message.payload.compiled is None or not is_json(content_type):
            self.unreadable += 1
            return
        for payload, headers in samples_of(message):
            if not takes(message.payload, payload):
                self.unfitting += bool(message.examples)
                self.without |= set() if message.examples else {message.key}
                continue
            self.send(server, channel, message, payload, headers, None)
            broken = [one for one in breakages(payload) if not any(takes(rival.payload, one[2]) for rival in rivals)]
            for pointer, _, value in broken[:MOST_BREAKAGES]:
                self.send(server, channel, message, value, headers, pointer)

    def send(self, server, channel, message, payload, headers, pointer):
        self.expected.append((channel.id, message.key, pointer, payload))
        self.lines.append(line(server, channel, message, payload, headers, len(self.lines)))

    def run(self, path):
        plan = make_replay_plan(BuildOptions(specs=[str(path)], routes=RouteSettings()), [self.contract], KEY_HASH)
        recorder = Recorder()
        judge_by(plan, self.lines, outlets=[recorder])
        return [recorder.rows[offset] for offset in range(len(self.lines))]


@pytest.fixture(scope="module")
def documents(shared):
    folder = shared / "corpus" / "asyncapi"
    return [
        (one["file"], folder / one["file"]) for one in json.loads((folder / "expected.json").read_bytes())["documents"]
    ]


def test_examples_pass_and_broken_ones_fail_where_they_are_broken(documents):
    passed = failed = exact = of_another = without = 0
    wrong = []
    for file, path in documents:
        trip = Trip(path, str(path.parent.parent if "social-media" in file else path.parent))
        assert trip.without == NO_SAMPLE.get(file, set()), file
        assert trip.unfitting == WRONG_EXAMPLES.get(file, 0), file
        without += trip.unreadable
        for (channel, key, pointer, payload), (state, faults) in zip(trip.expected, trip.run(path), strict=True):
            if pointer is None:
                passed += 1
                if state not in {"valid", "ambiguous"}:
                    wrong.append((file, channel, key, state, payload, [one.summary for one in faults]))
                continue
            failed += 1
            told = [one for one in faults if one.rule == "payload.schema"]
            exact += any(one.path == pointer for one in told)
            if state == "invalid" and told and all(one.message != key for one in told):
                of_another += 1  # which message it was meant to be is a guess where nothing names it
            elif state != "invalid" or not any(_is_around(pointer, one.path) for one in told):
                wrong.append((file, channel, key, state, pointer, [one.path for one in told], payload))
    print(
        f"{passed} messages passed, {failed} broken ones failed, {exact} of them at exactly the broken place, "
        f"{of_another} were taken for another message of the address; {without} messages cannot be judged"
    )
    assert wrong == []
    assert passed > 150
    assert exact > 0.95 * (failed - of_another)


def _is_around(pointer, path):
    """Tell whether one place lies inside the other: a schema of several branches may be left at its root."""
    return pointer == path or pointer.startswith(path + "/") or path.startswith(pointer + "/")
