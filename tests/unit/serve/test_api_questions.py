"""What the API answers, what it refuses, and that every refusal is a problem (RFC 9457)."""

import json
import time

import pytest

from asyncwatch.config.secret import Secret
from asyncwatch.model.answers import ReloadOutcome
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.answering import source_of
from asyncwatch.pipeline.service import Service
from asyncwatch.serve.source import Source
from unit.serve.serving import Pictures, served
from unit.serve.test_api_stream import batch

TRACE = b"00-%032x-%016x-01"


def run_source(reload=None):
    pictures = Pictures()
    service = Service(pictures.plan.routes, pictures.ledger, pictures.pump, [], since="now", command="asyncwatch")
    for payload, position in ((b"{}", 1), (b"{", 2), (b'{"id": 1}', 3)):
        one = batch(payload)
        one.headers, one.positions = [[("traceparent", TRACE % (position, 7))]], [position]
        pictures.pump.take(one)
    return source_of(service, lambda: pictures.plan.contracts, reload)


def is_problem(answer, status):
    body = answer.json()
    return (
        answer.status_code == body["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and body["title"]
    )


async def test_finding_groups_by_rule_family_and_channel_page_by_page():
    async with served(source=run_source()) as (client, _, _):
        everything = (await client.get("/api/v1/findings")).json()
        assert [one["rule"] for one in everything["findings"]] == ["payload.schema", "payload.undecodable"]
        assert (everything["total"], everything["next"]) == (2, None)
        by_rule = (await client.get("/api/v1/findings?rule=payload.schema&channel=orders")).json()
        assert [one["rule"] for one in by_rule["findings"]] == ["payload.schema"]
        assert (await client.get("/api/v1/findings?rule=headers")).json()["total"] == 0
        assert (await client.get("/api/v1/findings?channel=refunds")).json()["total"] == 0
        first = (await client.get("/api/v1/findings?rule=payload&limit=1")).json()
        second = (await client.get(f"/api/v1/findings?rule=payload&limit=1&cursor={first['next']}")).json()
        assert [*first["findings"], *second["findings"]] == everything["findings"]
        assert second["next"] is None


async def test_a_finding_group_in_detail():
    async with served(source=run_source()) as (client, _, _):
        (group, *_) = (await client.get("/api/v1/findings")).json()["findings"]
        detail = (await client.get(f"/api/v1/findings/{group['fingerprint']}")).json()
        assert detail["finding"] == group
        assert is_problem(await client.get("/api/v1/findings/0123456789abcdef"), 404)
        assert is_problem(await client.get("/api/v1/findings/nonsense"), 404)


async def test_traces_by_id_and_channel_without_values():
    async with served(source=run_source()) as (client, _, _):
        page = (await client.get("/api/v1/traces")).json()
        assert page["total"] == 3
        assert [one["trace_id"] for one in page["traces"]] == [f"{n:032x}" for n in (3, 2, 1)]
        (span,) = page["traces"][2]["spans"]
        assert (span["channel"], span["state"], span["violations"]) == ("orders", "invalid", ["payload.schema"])
        assert (span["parent_id"], span["sampled"], span["sent"]) == (f"{7:016x}", True, None)
        one = (await client.get(f"/api/v1/traces?trace_id={2:032x}&channel=orders&limit=1")).json()
        assert one["total"] == 1
        assert (await client.get("/api/v1/traces?channel=refunds")).json() == {"traces": [], "total": 0}


async def test_the_documents_are_given_as_they_were_read():
    async with served(source=run_source()) as (client, _, _):
        (found,) = (await client.get("/api/v1/document")).json()["documents"]
    assert found["document"]["source"] == "document.yaml"
    assert found["files"][0]["text"].startswith("asyncapi: 3.0.0")


@pytest.mark.parametrize(
    "question",
    [
        "snapshot?x=1", "findings?limit=0", "findings?limit=1001", "findings?limit=abc", "findings?limit=1&limit=2",
        "findings?rule=no.rule", "findings?rule=%0A", "findings?cursor=-1", "traces?trace_id=1", "stream?events=0",
        "findings?limit=%D9%A1",
    ],
)  # fmt: skip
async def test_parameters_that_cannot_be_used_are_named_and_their_text_is_not_repeated(question):
    async with served(source=run_source()) as (client, _, _):
        answer = await client.get(f"/api/v1/{question}")
    assert is_problem(answer, 400)
    (error,) = answer.json()["errors"]
    assert error["parameter"] == question.partition("?")[2].partition("=")[0]


async def test_unknown_addresses_and_other_verbs_are_problems():
    async with served(source=run_source()) as (client, _, _):
        assert is_problem(await client.get("/api/v1/nothing"), 404)
        assert is_problem(await client.get("/"), 404)
        assert is_problem(await client.get("/api/v1/snapshot/"), 404)
        for verb in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            answer = await client.request(verb, "/api/v1/snapshot")
            assert is_problem(answer, 405)
            assert "GET" in answer.headers["allow"]
        assert is_problem(await client.get("/api/v1/reload"), 405)
        assert (await client.head("/api/v1/snapshot")).status_code == 200


async def test_what_is_no_http_or_too_long_is_a_problem():
    async with served(source=run_source()) as (client, _, _):
        for size in (20_000, 200_000):
            answer = await client.get("/api/v1/snapshot", headers={"X-Long": "x" * size})
            assert is_problem(answer, answer.status_code)
            assert answer.status_code in {400, 431}
        assert is_problem(await client.get(f"/api/v1/findings?channel={'x' * 5_000}"), 414)
        assert (await client.get("/api/v1/snapshot")).status_code == 200


async def test_a_run_that_cannot_answer_says_so():
    async with served() as (client, _, _):
        for question in ("traces", "document"):
            assert is_problem(await client.get(f"/api/v1/{question}"), 501)
        assert is_problem(await client.post("/api/v1/reload", json={}), 501)


async def test_our_own_mistake_is_a_problem_and_told_in_the_log_only(caplog):
    def broken():
        raise ZeroDivisionError("a value that nobody should see")

    async with served(source=Source(snapshot=broken)) as (client, _, _):
        answer = await client.get("/api/v1/snapshot")
    assert is_problem(answer, 500)
    assert "nobody" not in answer.text
    assert [one.happening for one in caplog.records] == ["ApiBroke"]


async def test_a_dear_snapshot_is_not_made_for_everybody_who_asks():
    pictures = Pictures()

    def dear():
        time.sleep(0.05)
        return pictures()

    async with served(source=Source(snapshot=dear)) as (client, _, _):
        answers = {(await client.get("/api/v1/snapshot")).content for _ in range(10)}
    assert len(answers) == pictures.looks < 3


async def test_the_description_names_every_address_with_its_parameters_and_answers():
    async with served(Secret("secret"), source=run_source(), headers={"Authorization": "Bearer secret"}) as (
        client, _, _,
    ):  # fmt: skip
        described = (await client.get("/api/v1/openapi.json")).json()
    assert described["openapi"].startswith("3.1")
    verbs = {(path.removeprefix("/api/v1"), verb) for path, verbs in described["paths"].items() for verb in verbs}
    assert verbs == {
        ("/snapshot", "get"), ("/stream", "get"), ("/findings", "get"), ("/findings/{fingerprint}", "get"),
        ("/traces", "get"), ("/document", "get"), ("/reload", "post"), ("/openapi.json", "get"),
    }  # fmt: skip
    assert described["security"] == [{"token": []}]
    assert "401" in described["paths"]["/api/v1/snapshot"]["get"]["responses"]
    assert {"Snapshot", "Problem", "FindingDetail", "TracePage"} <= described["components"]["schemas"].keys()


async def reloaded():
    return ReloadOutcome(documents=[], kept=1, changed=2, added=3, removed=4)


async def refused():
    raise MisconfiguredAll([Misconfigured("one is wrong", hint="do this"), Misconfigured("two", detail="is wrong")])


async def test_a_reload_is_asked_for_with_json_and_answers_what_it_did():
    async with served(source=run_source(reloaded)) as (client, _, _):
        assert (await client.post("/api/v1/reload", json={})).json()["changed"] == 2
        assert is_problem(await client.post("/api/v1/reload", data={"a": "b"}), 415)
        assert is_problem(await client.post("/api/v1/reload"), 415)
        for body in ('{"a": 1}', "[]", "{", "[" * 60_000):
            answer = await client.post(
                "/api/v1/reload", content=body, headers={"Content-Type": "application/json; charset=utf-8"}
            )
            assert is_problem(answer, 400)
        large = json.dumps({"a": "x" * 70_000})
        assert is_problem(
            await client.post("/api/v1/reload", content=large, headers={"Content-Type": "application/json"}), 413
        )


async def test_documents_that_cannot_be_used_are_told_with_everything_that_is_wrong():
    async with served(source=run_source(refused)) as (client, _, _):
        answer = await client.post("/api/v1/reload", json={})
    assert is_problem(answer, 422)
    assert answer.json()["errors"] == [{"detail": "one is wrong", "hint": "do this"}, {"detail": "two: is wrong"}]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "cross-site"}],
)  # fmt: skip
async def test_a_page_of_another_origin_gets_nothing_and_changes_nothing(headers):
    async with served(source=run_source(reloaded)) as (client, _, _):
        assert is_problem(await client.post("/api/v1/reload", json={}, headers=headers), 403)
        assert is_problem(await client.get("/api/v1/snapshot", headers=headers), 403)
        own = f"http://{client.base_url.host}:{client.base_url.port}"
        same = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
        assert (await client.post("/api/v1/reload", json={}, headers=same)).status_code == 200
