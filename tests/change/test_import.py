"""The import of change history through its door."""

import asyncio
import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_change.rules.history import DEVIATIONS, Line, replayed
from itsm_change.rules.imports import understood
from itsm_chassis import clock
from itsm_events import Envelope
from replay import openstack
from support.broker import channel, heard, listen
from support.changes import NEW, moved
from support.services import Caller, Running

FULL = {
    "external_id": "A-1",
    "title": "Old work",
    "type": "normal",
    "proposed_at": "2012-05-01T08:00:00+02:00",
    "approved_at": "2012-05-02T06:00:00Z",
    "implemented_at": "2012-05-03T06:00:00Z",
    "closed_at": "2012-05-04T06:00:00Z",
    "close_code": "successful_with_issues",
    "backed_out_at": "2012-05-05T06:00:00Z",
    "reverts": "A-0",
    "service": "mail",
    "configuration_items": ["mx-1"],
    "requester": "carl",
    "risk_inputs": {"criticality": "high"},
}
LEAST = {name: FULL[name] for name in ("external_id", "title", "type", "proposed_at")}


async def post(who: Caller, lines: list[Any], query: str = "") -> list[dict[str, Any]]:
    body = b"".join(
        (each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines
    )
    answer = await who.client.post(
        f"/v1/changes:import{query}",
        content=body,
        headers={"Authorization": f"Bearer {who.token}", "Content-Type": "application/x-ndjson"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return [json.loads(text) for text in answer.text.splitlines()]


async def test_an_imported_change_is_a_record_with_its_history(change: Running) -> None:
    mover = change.caller("service", "mover")
    [result] = await post(mover, [FULL])
    assert (result["line"], result["external_id"], result["status"]) == (1, "A-1", "created")
    made = await mover.get(f"/v1/changes/{result['id']}")
    assert (made["status"], made["imported"], made["close_code"]) == (
        "closed",
        True,
        "successful_with_issues",
    )
    assert (made["requested_at"], made["approved_at"]) == ("2012-05-01T06:00:00Z", "2012-05-02T06:00:00Z")
    assert (made["backed_out"], made["backed_out_at"]) == (True, "2012-05-05T06:00:00Z")
    assert (made["service"], made["reverts"], made["requester"]) == ("mail", "A-0", "carl")
    items = (await mover.get(f"/v1/changes/{made['id']}/timeline"))["items"]
    assert [(item["type"].split(".")[2], item["time"][:10], item["imported"]) for item in items] == [
        ("requested", "2012-05-01", True),
        ("scheduled", "2012-05-02", True),
        ("implemented", "2012-05-03", True),
        ("closed", "2012-05-04", True),
        ("backed_out", "2012-05-05", True),
    ]


async def test_again_is_unchanged_and_other_content_is_a_conflict(change: Running) -> None:
    mover = change.caller("service", "mover")
    results = await post(mover, [FULL, dict(reversed(FULL.items())), FULL | {"title": "Another"}])
    assert [result["status"] for result in results] == ["created", "unchanged", "conflict"]
    later = await post(mover, [FULL, FULL | {"title": "Another"}])
    assert [result["status"] for result in later] == ["unchanged", "conflict"]
    assert len({result["id"] for result in results + later}) == 1


async def test_a_dry_run_stores_nothing_and_bad_lines_say_everything(change: Running) -> None:
    mover = change.caller("service", "mover")
    bad = LEAST | {"type": "big", "approved_at": "2012-05-01T08:00:00", "mood": 1, "configuration_items": [1]}
    bad |= {"closed_at": "2999-01-01T00:00:00Z", "risk_inputs": {"dependents": -1}, "title": None}
    results = await post(mover, [LEAST, bad, b"{]", b'{"external_id": "B"}'], "?dry_run=true")
    assert [result["status"] for result in results] == ["created", "invalid", "invalid", "invalid"]
    assert {(error["pointer"], error["code"]) for error in results[1]["errors"]} == {
        ("/type", "invalid"),
        ("/approved_at", "naive_time"),
        ("/mood", "unknown_field"),
        ("/configuration_items", "invalid"),
        ("/closed_at", "future_time"),
        ("/risk_inputs", "invalid"),
        ("/title", "invalid"),
    }
    assert {error["pointer"] for error in results[3]["errors"]} == {"/title", "/type", "/proposed_at"}
    assert (await mover.get("/v1/changes?count=exact"))["count"] == 0


async def test_only_the_service_and_the_admin_may_import(change: Running) -> None:
    for role, status in (("requester", 403), ("agent", 403), ("change_manager", 403), ("admin", 200)):
        who = change.caller(role, "x")
        headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/x-ndjson"}
        answer = await who.client.post("/v1/changes:import", content=b"", headers=headers)
        assert answer.status_code == status, role


async def test_twin_imports_at_once_store_each_change_once(change: Running) -> None:
    mover = change.caller("service", "mover")
    lines = [LEAST | {"external_id": f"T-{number}"} for number in range(300)]
    twins = await asyncio.gather(*(post(mover, part) for part in (lines, lines[::-1])))
    statuses = [result["status"] for results in twins for result in results]
    assert (statuses.count("created"), statuses.count("unchanged")) == (300, 300)
    assert await change.db.fetchval("SELECT count(*) FROM change") == 300
    assert await change.db.fetchval("SELECT count(*) FROM outbox") == 300


async def test_what_happens_now_is_said_before_an_imports_history_but_never_before_its_own(
    change: Running, amqp_url: str
) -> None:
    mover, agent = change.caller("service", "mover"), change.caller("agent")
    results = await post(mover, [FULL | {"external_id": f"T-{number}"} for number in range(100)])
    old = f"/v1/changes/{results[-1]['id']}"
    edited = await agent.call("PATCH", old, {"review_note": "Read again."}, If_Match="*")
    live = await agent.creates("/v1/changes", **NEW)
    said = await change.db.fetchval("SELECT count(*) FROM event")
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.change.#")
        await change.say_all(amqp_url)
        messages = await heard(queue, said)
    told = [Envelope.model_validate_json(message.body) for message in messages]
    assert str(told[0].subject) == live["id"]
    for subject in {each.subject for each in told}:
        sequences = [each.sequence for each in told if each.subject == subject]
        assert sequences == list(range(1, len(sequences) + 1))
    history = [each.sequence for each in told if str(each.subject) == results[-1]["id"]]
    assert history[-1] == edited.json()["version"] == len(history)
    assert all(message.headers["x-position"] <= said for message in messages)
    feed = "SELECT subject, sequence FROM feed JOIN event e ON e.id = event_id ORDER BY position"
    assert [tuple(row) for row in await change.db.fetch(feed)] == [(e.subject, e.sequence) for e in told]


async def test_a_change_that_was_only_approved_goes_on_as_live_work(change: Running) -> None:
    mover, agent = change.caller("service", "mover"), change.caller("agent")
    [result] = await post(mover, [LEAST | {"approved_at": FULL["approved_at"]}])
    assert (await moved(agent, result, "implement"))["status"] == "implement"
    items = (await agent.get(f"/v1/changes/{result['id']}/timeline"))["items"]
    assert [item["imported"] for item in items] == [True, True, False]


def odd(**changes: Any) -> list[str]:
    line, findings = understood({n: v for n, v in (FULL | changes).items() if v is not None}, clock.now())
    assert line is not None, findings
    return [each for event in replayed(line, "i", "n", clock.now()) for each in event.deviations]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"approved_at": None}, ["missing_approval"]),
        ({"approved_at": None, "type": "standard"}, []),
        ({"approved_at": "2012-04-01T00:00:00Z"}, ["approved_before_proposed"]),
        (
            {"implemented_at": "2012-04-01T00:00:00Z"},
            ["implemented_before_proposed", "implemented_before_approved"],
        ),
        ({"closed_at": "2012-05-02T12:00:00Z"}, ["closed_before_implemented"]),
        ({"close_code": None}, ["missing_close_code"]),
        ({"close_code": "unsuccessful"}, ["missing_review"]),
        ({"close_code": "successful"}, ["backed_out_as_successful"]),
        ({"backed_out_at": "2012-05-02T12:00:00Z"}, ["backed_out_before_implemented"]),
        ({"implemented_at": None}, ["closed_without_implementation", "backed_out_without_implementation"]),
    ],
)
def test_what_history_does_against_the_rules_is_accepted_and_counted(
    changes: dict[str, Any], found: list[str]
) -> None:
    assert odd(**changes) == found
    assert set(found) <= DEVIATIONS.keys()


times = st.none() | st.datetimes(timezones=st.just(clock.now().tzinfo)).filter(lambda t: t.year > 1970)


@settings(deadline=None)
@given(times, times, times, times, st.sampled_from([None, "successful", "unsuccessful"]))
def test_any_history_is_told_in_versions_without_gaps(a: Any, b: Any, c: Any, d: Any, code: Any) -> None:
    fields = {"title": "x", "change_type": "normal", "close_code": code}
    line = Line("x", clock.now(), fields, a, b, c, d)
    told = replayed(line, "i", "n", clock.now())
    assert [event.state.version for event in told] == list(range(1, len(told) + 1))
    last = told[-1].state
    assert (last.implemented_at, last.backed_out_at, last.approved_at) == (b, c, a)
    assert (last.status in ("closed", "cancelled")) == bool(d or code)


def test_the_openstack_mapping_keeps_what_the_figures_need(tmp_path: Path) -> None:
    shown = {
        "change_id": "I1",
        "commit": "c1",
        "proposed_at": "2016-01-04T16:47:05Z",
        "last_patchset_at": "2016-01-15T11:53:44Z",
        "implemented_at": "2016-01-20T13:58:50Z",
        "requester": "person-1",
        "tasks": "",
        "reverts_commit": "",
        "reverts_change": "",
        "is_revert": "0",
        "n_files": "1",
        "main_component": "",
        "reverted_by": "c2",
        "reverted_at": "2016-02-01T00:00:00Z",
    }
    path = tmp_path / "changes.csv.gz"
    with gzip.open(path, "wt", newline="") as stream:
        writer = csv.DictWriter(stream, list(shown))
        writer.writeheader()
        writer.writerow(shown)
    [line] = [openstack.line(row) for row in openstack.rows(path)]
    assert line["service"] is None
    found, findings = understood(line, clock.now())
    assert found is not None, findings
    last = replayed(found, "i", "n", clock.now())[-1].state
    assert (last.status, last.close_code, last.backed_out) == ("closed", "unsuccessful", True)
    assert last.closed_at == last.backed_out_at
