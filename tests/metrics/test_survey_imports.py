"""Surveys of another desk come with their answers, count in their own time, and ask nobody."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from itsm_chassis import clock
from itsm_chassis.auth.links import Links
from itsm_chassis.store.database import Database
from itsm_events import opaque
from itsm_metrics.commands.answering import expire_due
from support.metrics import kpi
from support.surveys import BY_LINK, asked, hear_surveys, resolved, said

SERVICE = {"authorization": "Bearer acme.desk.service", "content-type": "application/x-ndjson"}


def line(number: int, **fields: Any) -> dict[str, Any]:
    """A survey of the other desk, sent on the second of March."""
    known = {"external_id": f"S-{number}", "record_type": "incident", "number": f"OLD-{number}"}
    return known | {"person": f"person-{number}", "sent_at": "2026-03-02T08:00:00Z"} | fields


def answered(number: int, score: int, **fields: Any) -> dict[str, Any]:
    """The same, answered a day later."""
    return line(number, score=score, answered_at="2026-03-03T08:00:00Z", **fields)


async def load(visitor: httpx2.AsyncClient, *lines: Any, dry_run: bool = False) -> list[Any]:
    body = "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines)
    path = f"/v1/surveys:import{'?dry_run=true' if dry_run else ''}"
    done = await visitor.post(path, content=body, headers=SERVICE)
    assert done.status_code == 200, done.text
    return [json.loads(each) for each in done.text.splitlines()]


async def test_answers_of_another_desk_count_in_their_own_time(
    db: Database, visitor: httpx2.AsyncClient, manager: httpx2.AsyncClient
) -> None:
    results = await load(
        visitor,
        answered(1, 5, service="mail", comment="Well done."),
        answered(2, 2, service="web"),
        line(3, record_type="service_request", offering="laptop"),
    )
    assert [each["status"] for each in results] == ["created"] * 3
    told = [each.envelope for each in await hear_surveys(db)]
    assert all(each.imported for each in told)
    assert (
        sorted(each.type.split(".")[2] for each in told) == ["answered", "answered", "expired"] + ["sent"] * 3
    )
    assert "Well done." not in str(told)
    csat = await kpi(
        manager, "csat", group_by="service", from_="2026-03-01T00:00:00Z", to="2026-04-30T00:00:00Z"
    )
    assert (csat["n"], csat["value"], csat["excluded"]["surveys_expired"]) == (2, 0.5, 1)
    assert [(each["key"], each["value"]) for each in csat["groups"]] == [("mail", 1.0), ("web", 0.0)]
    stored = (await manager.get("/v1/surveys?external_id=S-1")).json()["items"][0]
    assert (stored["comment"], stored["record"], stored["policy_edition"]) == ("Well done.", None, None)
    assert stored["person"] == opaque("acme", "person-1")
    assert stored["id"] == results[0]["id"]


async def test_the_same_file_again_changes_nothing_and_other_content_is_a_conflict(
    db: Database, visitor: httpx2.AsyncClient
) -> None:
    lines = [answered(1, 5), line(2)]
    await load(visitor, *lines)
    before = await said(db)
    again = await load(visitor, *lines, answered(1, 1), answered(3, 3), answered(3, 3))
    assert [each["status"] for each in again] == [
        "unchanged",
        "unchanged",
        "conflict",
        "created",
        "unchanged",
    ]
    assert len(await said(db)) == len(before) + 2
    tried = await load(visitor, answered(4, 4), dry_run=True)
    assert [each["status"] for each in tried] == ["created"]
    assert await db.fetchval("SELECT count(*) FROM survey") == 3


async def test_what_is_still_open_is_live_and_a_person_asked_there_is_left_in_peace_here(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    now = clock.now()
    [result] = await load(visitor, line(1, person="carl", sent_at=(now - timedelta(days=1)).isoformat()))
    token = links.token("acme", result["id"])
    assert (await visitor.get(f"{BY_LINK}?token={token}")).json()["status"] == "open"
    with pytest.raises(AssertionError):
        await asked(db, resolved("carl"))
    assert await expire_due(db, now + timedelta(days=29)) == 1
    assert [each.envelope.imported for each in await said(db)] == [True, False]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (line(1) | {"sent_at": None}, "/sent_at"),
        (line(1, sent_at="2999-01-01T00:00:00Z"), "/sent_at"),
        (line(1, sent_at="9999-12-31T00:00:00Z"), "/sent_at"),
        (line(1, sent_at="1960-01-01T00:00:00Z"), "/sent_at"),
        (line(1, expires_at="2026-03-02T08:00:00Z"), "/expires_at"),
        (line(1, score=4), "/score"),
        (line(1, answered_at="2026-03-03T08:00:00Z"), "/score"),
        (line(1, comment="Silent, yet not."), "/comment"),
        (answered(1, 4) | {"answered_at": "2026-03-01T08:00:00Z"}, "/answered_at"),
        (answered(1, 4) | {"answered_at": "2026-04-01T08:00:00Z"}, "/answered_at"),
        (answered(1, 6), "/score"),
        (line(1, record_type="change"), "/record_type"),
        (line(1, record="x"), "/record"),
        ("nonsense", ""),
    ],
)
async def test_a_line_that_cannot_have_been_is_told_why_and_keeps_none_of_the_others(
    db: Database, visitor: httpx2.AsyncClient, wrong: Any, where: str
) -> None:
    first, second = await load(visitor, wrong, line(2))
    assert (first["status"], first["errors"][0]["pointer"]) == ("invalid", where)
    assert second["status"] == "created"
    assert await db.fetchval("SELECT count(*) FROM survey") == 1


async def test_only_services_import(visitor: httpx2.AsyncClient) -> None:
    for role in ("manager", "agent"):
        headers = SERVICE | {"authorization": f"Bearer acme.mara.{role}"}
        refused = await visitor.post("/v1/surveys:import", content="{}", headers=headers)
        assert refused.status_code == 403
