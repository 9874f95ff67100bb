"""Findings over HTTP: scanned for, proposed, dismissed; and of two replicas that scan at once one counts."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from itsm_chassis import clock
from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_metrics.app import WATCHER, watch
from itsm_metrics.commands.findings import record
from itsm_metrics.queries import watching
from support.clock_events import ClockStory
from support.improving import AGENT, ANY, ago, move
from support.incident_events import START, Story
from support.metrics import hear

SAID = "SELECT type, envelope FROM event WHERE subject = $1 ORDER BY sequence"


async def watermelon(db: Database, service: str = "mail", reopened: int = 15, tenant: str = "acme") -> None:
    """Forty clocks that kept their promise, and forty incidents of which some came back."""
    stories: list[Any] = []
    for number in range(40):
        minute = (ago(20) - START) / timedelta(minutes=1) + number * 60
        kept = ClockStory(minute, measure="resolve", service=service, tenant=tenant)
        stories.append(kept.then("completed", minute + 30, 1800))
        trouble = Story(minute, service=service, tenant=tenant).then(minute + 30, "resolved")
        stories.append(trouble.then(minute + 90, "in_progress") if number < reopened else trouble)
    await hear(db, [event for story in stories for event in story.told])


async def scanned(manager: httpx2.AsyncClient) -> Any:
    answer = await manager.post("/v1/findings:scan")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(manager: httpx2.AsyncClient, query: str = "") -> list[Any]:
    answer = await manager.get(f"/v1/findings?{query}")
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_a_watermelon_is_found_once_with_the_figures_that_show_it(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await watermelon(db)
    await watermelon(db, "web", reopened=1)
    assert await scanned(manager) == {"raised": 1, "seen": 0, "cleared": 0}
    assert await scanned(manager) == {"raised": 0, "seen": 1, "cleared": 0}
    [found] = await listed(manager)
    assert (found["kind"], found["service"], found["status"]) == ("watermelon_reopen_rate", "mail", "open")
    assert (found["sightings"], found["present"], found["version"]) == (2, True, 2)
    green, red = found["evidence"]
    assert (green["kpi"], green["value"], green["n"]) == ("sla_compliance", 1, 40)
    assert (red["kpi"], red["value"], red["n"], red["threshold"]) == ("reopen_rate", 0.375, 40, 0.1)
    for each in (green, red):
        records = (await manager.get(each["records"])).json()["items"]
        assert len(records) == each["n"]
    assert (await manager.get(f"/v1/findings/{found['id']}")).json() == found
    assert await listed(manager, "kind=watermelon_reopen_rate&service=mail&status=open&present=true") == [
        found
    ]
    assert await listed(manager, "service=web") == []
    assert (await manager.get("/v1/findings?kind=weather")).status_code == 422
    names = [row["type"] for row in await db.fetch(SAID, UUID(found["id"]))]
    assert names == ["itsm.finding.raised.v1", "itsm.finding.seen.v1"]
    timeline = (await manager.get(f"/v1/findings/{found['id']}/timeline")).json()["items"]
    assert [each["type"] for each in timeline] == names


async def test_a_finding_is_proposed_as_an_improvement_with_its_evidence_and_only_once(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await watermelon(db)
    await scanned(manager)
    [found] = await listed(manager)
    path = f"/v1/findings/{found['id']}/propose"
    answer = await manager.post(path, headers=AGENT)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (await manager.get(answer.headers["location"])).json() == made
    assert (made["source"], made["reference"], made["status"]) == ("finding", found["id"], "identified")
    assert (made["kpi"], made["filters"], made["service"]) == ("reopen_rate", {"service": "mail"}, "mail")
    assert "0.375 of n = 40" in made["description"]
    again = await manager.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "already_proposed")
    assert made["number"] in again.json()["detail"]
    [after] = await listed(manager, "status=proposed")
    assert after["improvement"] == made["id"]
    assert (await scanned(manager))["seen"] == 1, "it is still watched"
    await move(manager, made, "cancelled", reason="No budget")
    assert (await manager.post(path)).status_code == 201, "the first try is over"
    assert (await move(manager, made, "accepted")).status_code == 409
    accepted = (await manager.get("/v1/improvements?status=identified")).json()["items"][0]
    told = (await move(manager, accepted, "accepted")).json()
    assert told["baseline"]["value"] == 0.375


async def test_a_dismissed_finding_is_quiet_until_it_is_clearly_worse(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await watermelon(db, reopened=10)
    await scanned(manager)
    [found] = await listed(manager)
    path = f"/v1/findings/{found['id']}/dismiss"
    assert (await manager.post(path, json={"reason": "Known"})).status_code == 428
    assert (await manager.post(path, json={}, headers=ANY)).status_code == 422
    assert (await manager.post(path, json={"reason": "Known"}, headers=AGENT | ANY)).status_code == 403
    stale = await manager.post(path, json={"reason": "Known"}, headers={"if-match": '"7"'})
    assert stale.status_code == 412
    answer = await manager.post(path, json={"reason": "Known"}, headers={"if-match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["dismissed_by"]) == ("dismissed", "mara")
    assert (await manager.post(path, json={"reason": "Known"}, headers=ANY)).status_code == 409
    assert (await manager.post(f"/v1/findings/{found['id']}/propose")).json()["code"] == "not_open"
    assert await scanned(manager) == {"raised": 0, "seen": 0, "cleared": 0}
    await watermelon(db, reopened=36)
    assert await scanned(manager) == {"raised": 1, "seen": 0, "cleared": 0}
    [after] = await listed(manager)
    assert (after["status"], after["reason"], after["sightings"]) == ("open", "Known", 2)
    said = await db.fetch(SAID, UUID(found["id"]))
    assert [row["type"].split(".")[2] for row in said] == ["raised", "dismissed", "raised"]
    assert not [row for row in said if "Known" in row["envelope"] or "mara" in row["envelope"]]


async def test_what_is_looked_for_is_data_in_editions(manager: httpx2.AsyncClient, db: Database) -> None:
    await watermelon(db)
    wish = {"reopen_red": 0.5, "least_n": 10}
    made = await manager.post("/v1/watch-policies", json=wish)
    assert made.status_code == 201, made.text
    assert (made.json()["edition"], made.json()["reopen_red"], made.json()["sla_green"]) == (1, 0.5, 0.95)
    assert (await manager.get(made.headers["location"])).json() == made.json()
    assert await scanned(manager) == {"raised": 0, "seen": 0, "cleared": 0}
    second = (await manager.post("/v1/watch-policies", json={"reopen_red": 0.2})).json()
    assert (second["edition"], second["least_n"]) == (2, 20), "what is left out is as it ships"
    assert await scanned(manager) == {"raised": 1, "seen": 0, "cleared": 0}
    assert (await manager.get("/v1/watch-policies")).json()["items"] == [second, made.json()]
    await manager.post("/v1/watch-policies", json=wish)
    assert await scanned(manager) == {"raised": 0, "seen": 0, "cleared": 1}
    assert (await listed(manager))[0]["present"] is False
    said = await db.fetchval("SELECT envelope FROM event WHERE type = 'itsm.watch_policy.issued.v1' LIMIT 1")
    assert json.loads(said)["data"]["edition"] == 1


@pytest.mark.parametrize(
    "fields",
    [{"reopen_red": 1.5}, {"least_n": 0}, {"worse_factor": 0.5}, {"scan_every_s": 10}, {"colour": "red"}],
)
async def test_thresholds_that_make_no_sense_are_refused(
    manager: httpx2.AsyncClient, fields: dict[str, Any]
) -> None:
    assert (await manager.post("/v1/watch-policies", json=fields)).status_code == 422
    assert (await manager.post("/v1/watch-policies", json={}, headers=AGENT)).status_code == 403


async def test_the_timer_scans_each_tenant_when_its_time_has_come(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await watermelon(db)
    await watermelon(db, tenant="other")
    await watch(db)
    await watch(db)
    [found] = await listed(manager)
    assert found["sightings"] == 1, "a day has not passed"
    assert await db.fetchval("SELECT count(*) FROM finding WHERE tenant = 'other'") == 1
    await db.execute("UPDATE watch_scan SET scanned_at = scanned_at - interval '1 day'")
    await watch(db)
    [found] = await listed(manager)
    assert found["sightings"] == 2
    await db.execute("UPDATE watch_scan SET scanned_at = scanned_at - interval '9 days'")
    await manager.post("/v1/watch-policies", json={"scan_every_s": 0})
    await watch(db)
    assert (await listed(manager))[0]["sightings"] == 2, "0 never"


async def test_of_replicas_that_scan_at_once_one_counts(manager: httpx2.AsyncClient, db: Database) -> None:
    await watermelon(db)
    now = clock.now()
    ctx = Context("acme", WATCHER, frozenset({"service"}), now)
    seen = await watching.look(db, "acme", now)
    due = now - timedelta(days=1)
    outcomes = await asyncio.gather(*(record(db, ctx, seen, due) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(each, Refused) for each in outcomes) == 2, outcomes
    assert (await listed(manager))[0]["sightings"] == 1


async def test_other_tenants_and_requesters_see_none_of_it(manager: httpx2.AsyncClient, db: Database) -> None:
    await watermelon(db)
    await scanned(manager)
    [found] = await listed(manager)
    stranger = {"authorization": "Bearer other.mara.manager"}
    for method, path in (("GET", ""), ("POST", "/propose"), ("GET", "/timeline")):
        answer = await manager.request(method, f"/v1/findings/{found['id']}{path}", headers=stranger)
        assert answer.status_code == 404
    assert (await manager.get("/v1/findings", headers=stranger)).json()["items"] == []
    outsider = {"authorization": "Bearer acme.rita.requester"}
    assert (await manager.get("/v1/findings", headers=outsider)).status_code == 403
