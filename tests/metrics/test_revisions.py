"""What restated a figure after its period had ended: which event, and by how much."""

import random
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.database import Database
from itsm_metrics.api import revisions
from itsm_metrics.rules.kpis import KPIS
from metrics.test_past import told
from support.incident_events import Story, altered, at
from support.metrics import hear, kpi

DAY = 24 * 60


def late(event: Received, minutes: float) -> Received:
    """The same event, recorded so many minutes after the stories' start."""
    return altered(event, recordedtime=at(minutes).isoformat())


async def pages(client: httpx2.AsyncClient, link: str, limit: int = 200) -> list[dict[str, Any]]:
    """All items, by the Link header."""
    found: list[dict[str, Any]] = []
    following: str | None = f"{link}&limit={limit}"
    while following:
        answer = await client.get(following)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) <= limit
        found += answer.json()["items"]
        header = answer.headers.get("link")
        assert (header is None) == (answer.json()["next"] is None)
        following = header.partition(">")[0].lstrip("<") if header else None
    return found


async def test_each_late_event_that_changed_the_figure_is_told_with_what_it_changed(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    story = Story(0).then(10, "resolved").then(100, "in_progress").then(130, "resolved")
    quiet = Story(5).then(50, "on_hold").then(200, "resolved")
    missed = Story(20).then(30, "resolved")
    told = [*story.told, *quiet.told, *(late(event, 300 + n) for n, event in enumerate(missed.told))]
    await hear(db, told)
    answer = await kpi(manager, "mttr", from_=at(0), to=at(60))
    assert (answer["n"], answer["value"]) == (2, 600)
    [found] = await pages(manager, answer["revisions"])
    assert found == {
        "recorded_at": at(301).isoformat().replace("+00:00", "Z"),
        "event": str(told[-1].envelope.id),
        "type": "itsm.incident.resolved.v1",
        "time": at(30).isoformat().replace("+00:00", "Z"),
        "late_s": 271 * 60.0,
        "resource": "incident",
        "record": str(missed.subject),
        "removed": {"n": 0, "total": 0},
        "added": {"n": 1, "total": 600.0},
    }
    reopened = await kpi(manager, "reopen_rate", from_=at(0), to=at(60))
    first, second = await pages(manager, reopened["revisions"])
    assert (first["type"], first["record"]) == ("itsm.incident.started.v1", str(story.subject))
    assert (first["removed"], first["added"]) == ({"n": 1, "total": 0}, {"n": 1, "total": 1})
    assert (second["record"], second["added"]) == (str(missed.subject), {"n": 1, "total": 0})
    later = await kpi(manager, "mttr", from_=at(150), to=at(400))
    assert await pages(manager, later["revisions"]) == [], "a resolution in its own period restates none"
    only = await kpi(manager, "mttr", from_=at(0), to=at(60), priority="P1")
    assert await pages(manager, only["revisions"]) == []


async def test_what_was_believed_then_and_the_revisions_make_what_is_known_now(
    db: Database, manager: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "LOOKED_AT", 40)
    await hear(db, told(random.Random(5), 26))
    restated = set()
    for slug, declared in KPIS.items():
        until = at(5 * DAY)
        asked: dict[str, Any] = {"from_": until - timedelta(days=4), "to": until}
        now = await kpi(manager, slug, **asked)
        if now["revisions"] is None:
            answer = await manager.get(now["records"].replace("records", "revisions"))
            assert (answer.status_code, answer.json()["code"]) == (409, "no_single_event"), slug
            continue
        found = await pages(manager, now["revisions"], limit=7)
        assert [each["recorded_at"] for each in found] == sorted(each["recorded_at"] for each in found)
        more = sum(each["added"]["n"] - each["removed"]["n"] for each in found)
        was = await kpi(manager, slug, as_of=until, **asked)
        if declared.adds_up:
            total = sum(each["added"]["total"] - each["removed"]["total"] for each in found)
            assert was["value"] + total == pytest.approx(now["value"]), slug
        else:
            assert was["n"] + more == now["n"], slug
        restated |= {slug} if found else set()
    assert {"opened", "mttr", "mtrs", "backlog", "sla_compliance", "request_fulfilment_time"} <= restated


async def test_a_cursor_belongs_to_its_question_and_unknown_parameters_are_refused(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await hear(db, [late(Story(n).told[0], 300 + n) for n in range(4)])
    asked = "/v1/kpis/opened/revisions?from=2026-03-02T08:00:00Z&to=2026-03-02T09:00:00Z&limit=2"
    cursor = (await manager.get(asked)).json()["next"]
    assert len((await manager.get(f"{asked}&cursor={cursor}")).json()["items"]) == 2
    for question, pointer in {
        f"{asked}&cursor={cursor}&service=mail": "cursor",
        f"{asked}&group_by=service": "group_by",
        f"{asked}&bucket=day": "bucket",
    }.items():
        answer = await manager.get(question)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), question
    assert (await manager.get("/v1/kpis/happiness/revisions")).status_code == 404
