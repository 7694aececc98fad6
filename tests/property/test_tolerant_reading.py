"""Any one part of a document may be broken: the rest runs on as if it were not, and a finding says what is lost."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from asyncwatch.contract.load import load_contract
from asyncwatch.reading.tree import read_tree
from asyncwatch.route import RouteSettings, compile_routes
from property.oracle_document_parts import ABSENT, changed, is_related, parts_of_channels, parts_of_operations, subtrees

SMALL = 120
"""Documents with at most so many parts are taken apart completely."""
BROKEN = [None, 5, "text", [], {}, {"$ref": "#/none"}, [5], {"x": {}}, True, {"$ref": 5}, [{"$ref": "#/info"}]]

SECOND = """
asyncapi: 2.6.0
info: {title: t, version: '1'}
servers: {k: {url: 'h:1', protocol: kafka, security: [{s: []}]}, n: {url: 'nats://{x}', protocol: nats, variables: {x: {default: h}}}}
channels:
  a:
    servers: [k]
    publish: {message: {$ref: '#/components/messages/M'}, traits: [{$ref: '#/components/operationTraits/T'}]}
  b:C: {servers: [n], bindings: {nats: {subject: 'b.{p}'}}, parameters: {p: {schema: {enum: [x, y]}}}, subscribe: {message: {oneOf: [{$ref: '#/components/messages/M'}, {name: other, payload: {type: string}}]}}}
  c: {$ref: '#/components/channels/c'}
components:
  securitySchemes: {s: {type: plain}}
  channels: {c: {publish: {operationId: o, message: {payload: {$ref: '#/components/schemas/S'}}}}}
  schemas: {S: {type: object, properties: {s: {$ref: '#/components/schemas/S'}, n: {type: integer}}}}
  messages: {M: {payload: {$ref: '#/components/schemas/S'}, correlationId: {location: '$message.header#/c'}, traits: [{headers: {type: object}}]}}
  operationTraits: {T: {bindings: {kafka: {groupId: {const: g}}}}}
"""
THIRD = """
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers: {k: {host: 'h:1', protocol: kafka}, m: {$ref: '#/components/servers/m'}}
channels:
  a: {address: a, servers: [{$ref: '#/servers/k'}], messages: {m: {$ref: '#/components/messages/M'}, n: {payload: {type: string}}}}
  b: {address: 'b/{p}', servers: [{$ref: '#/servers/m'}], parameters: {p: {$ref: '#/components/parameters/p'}}, messages: {m: {$ref: '#/components/messages/M'}}}
  c: {address: null, messages: {r: {payload: {schemaFormat: 'application/schema+json;version=draft-07', schema: {$ref: '#/components/schemas/S'}}}}}
  d: {$ref: '#/components/channels/d'}
operations:
  o: {action: send, channel: {$ref: '#/channels/a'}, messages: [{$ref: '#/channels/a/messages/m'}], reply: {channel: {$ref: '#/channels/c'}, address: {location: '$message.header#/r'}}}
  p: {action: receive, channel: {$ref: '#/channels/b'}, traits: [{$ref: '#/components/operationTraits/T'}]}
components:
  servers: {m: {host: h, protocol: mqtt}}
  channels: {d: {address: d, x-asyncwatch: {sequence: {location: '$message.header#/n'}}}}
  parameters: {p: {enum: [x, y]}}
  schemas: {S: {type: object, properties: {s: {$ref: '#/components/schemas/S'}, n: {type: integer}}}}
  messages: {M: {payload: {$ref: '#/components/schemas/S'}, traits: [{$ref: '#/components/messageTraits/T'}], examples: [{payload: {n: 1}}]}}
  messageTraits: {T: {headers: {type: object, properties: {r: {type: string}}}, contentType: application/json}}
  operationTraits: {T: {bindings: {mqtt: {qos: 1}}}}
"""


class Patient:
    """A document that parts are taken out of."""

    def __init__(self, path, value, folder=None):
        self.path, self.value, self.folder = path, value, folder
        self.whole = self.load(value)
        self.parts = parts_of_channels(value, self.whole)
        self.before = {name: signature(channel) for name, channel in self.whole.channels.items()}
        self.operations = parts_of_operations(value, self.whole, self.parts)
        self.known = {(one.rule, one.pointer) for one in self.whole.findings}
        self.unchecked = {name: unchecked(channel) for name, channel in self.whole.channels.items()}

    def load(self, value):
        text = json.dumps(value).encode()

        def read(path):
            return text if path == self.path else Path(path).read_bytes()

        contract = load_contract(self.path, read, folder=self.folder)
        compile_routes([contract], contract.servers, RouteSettings(), lambda _: "0")
        return contract

    def break_at(self, path, new):
        """Break one part; give how many channels it left alone."""
        contract = self.load(changed(self.value, path, new))
        where = (self.path, path, new)
        news = [one for one in contract.findings if (one.rule, one.pointer) not in self.known]
        assert all(one.position.line > 0 for one in contract.findings)
        untouched = 0
        for name, before in self.before.items():
            channel = contract.channels.get(name)
            if not is_related(path, self.parts[name]):
                untouched += 1
                assert channel is not None, where
                assert signature(channel) == before, where
            elif channel is None or unchecked(channel) - self.unchecked[name]:
                assert news or ("channels", name)[: len(path)] == path, where
        for name, parts in self.operations.items():
            if not is_related(path, parts):
                mine, whole = contract.operations.get(name), self.whole.operations[name]
                assert mine is not None, where
                assert replace(mine, position=None) == replace(whole, position=None), where
        return untouched


def signature(channel):
    """Everything about a channel but the places where it is described."""
    return (
        channel.id, channel.address, channel.pattern, channel.servers, channel.directions, channel.ordering,
        channel.ignored_rules, channel.quiet, repr(channel.bindings), repr(channel.extensions),
        [(one.name, one.values, one.location, of(one.schema)) for one in channel.parameters],
        [
            (
                one.key, one.name, one.title, one.content_type, of(one.payload), of(one.headers), of(one.kafka_key),
                one.correlation, one.ordering, one.match, one.id, repr(one.bindings), repr(one.extensions),
                [(example.name, repr(example.payload), repr(example.headers)) for example in one.examples],
            )
            for one in channel.messages
        ],
    )  # fmt: skip


def of(schema):
    return None if schema is None else (schema.format, schema.identity, schema.reason, schema.compiled is None)


def unchecked(channel):
    return {one.key for one in channel.messages if one.payload is not None and one.payload.compiled is None}


def paths_of(value):
    return [path for path in subtrees(value) if path and path[0] != "asyncapi"]


@pytest.mark.parametrize("text", [SECOND, THIRD], ids=["2.6.0", "3.0.0"])
def test_every_part_may_be_missing_or_anything_else(text):
    value = read_tree(text.encode(), "doc.yaml").value
    patient = Patient("doc.yaml", value)
    assert [one.rule for one in patient.whole.findings if one.severity == "error"] == []
    rng = random.Random(20260103)
    paths = paths_of(value)
    untouched = sum(patient.break_at(path, new) for path in paths for new in [ABSENT, *rng.sample(BROKEN, 5)])
    assert untouched > 5 * len(paths)


@pytest.mark.parametrize("name", ["every-object-2.yaml", "every-object-3.yaml"])
def test_every_kind_of_object_may_be_broken(name):
    path = Path(__file__).parent / "asyncapi_samples" / name
    value = read_tree(path.read_bytes(), name).value
    patient = Patient(str(path), value)
    rng = random.Random(20260102)
    assert sum(patient.break_at(one, rng.choice([ABSENT, *BROKEN])) for one in rng.sample(paths_of(value), 120)) > 120


def test_every_document_of_the_corpus_bears_the_loss_of_any_part(shared):
    folder = shared / "corpus" / "asyncapi"
    rng = random.Random(20260101)
    broken = untouched = 0
    for one in json.loads((folder / "expected.json").read_bytes())["documents"]:
        path = folder / one["file"]
        around = path.parent.parent if "social-media" in one["file"] else path.parent
        value = read_tree(path.read_bytes(), one["file"]).value
        patient = Patient(str(path), value, str(around))
        paths = paths_of(value)
        for lost in paths if len(paths) <= SMALL else rng.sample(paths, 15):
            untouched += patient.break_at(lost, ABSENT)
            broken += 1
        for bad in rng.sample(paths, 12):
            untouched += patient.break_at(bad, rng.choice(BROKEN))
            broken += 1
    print(f"{broken} broken documents, {untouched} channels beside the broken parts stayed the same")
    assert broken > 3000
    assert untouched > 2000
