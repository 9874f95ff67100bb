"""The improvement register over HTTP: its states, what each needs, and whether it worked."""

import json
from typing import Any
from uuid import UUID

import httpx2
import pytest
from itsm_chassis.store.database import Database
from itsm_metrics.rules.improvement import SEVEN, TRANSITIONS
from support.improving import AGENT, ANY, ago, desk, grown, move, registered, written
from support.metrics import kpi

LEGAL: dict[str, set[str]] = {
    "identified": {"accepted", "cancelled"},
    "accepted": {"assessed", "cancelled"},
    "assessed": {"approved", "cancelled"},
    "approved": {"in_progress", "cancelled"},
    "in_progress": {"on_hold", "in_review", "cancelled"},
    "on_hold": {"in_progress", "cancelled"},
    "in_review": {"closed", "cancelled"},
    "closed": set(),
    "cancelled": set(),
}
SAID = "SELECT type, envelope FROM event WHERE subject = $1 ORDER BY sequence"


def test_the_table_says_what_the_domain_says() -> None:
    assert {status: set(ways) for status, ways in TRANSITIONS.items()} == LEGAL


async def test_every_illegal_transition_answers_409_and_changes_nothing(manager: httpx2.AsyncClient) -> None:
    for status, legal in LEGAL.items():
        made = await grown(manager, status)
        assert made["status"] == status
        shown = (await manager.get(f"/v1/improvements/{made['number']}/transitions")).json()
        assert {item["to"]: item["allowed"] for item in shown["items"]} == {
            to: to in legal for to in LEGAL if to != status
        }
        for to in set(LEGAL) - legal:
            answer = await move(manager, made, to)
            assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition"), (status, to)
        assert (await manager.get(f"/v1/improvements/{made['id']}")).json() == made


@pytest.mark.parametrize(
    ("status", "to", "cleared", "missing"),
    [
        ("identified", "accepted", {"objective": None}, ["/kpi"]),
        ("accepted", "assessed", {"benefit": None, "effort": None}, ["/benefit", "/effort"]),
        ("assessed", "approved", {"owner": None}, ["/owner"]),
        ("in_progress", "on_hold", {}, ["/reason"]),
        ("in_progress", "cancelled", {}, ["/reason"]),
        ("in_review", "closed", {}, ["/outcome"]),
    ],
)
async def test_what_a_state_needs_is_asked_for(
    manager: httpx2.AsyncClient, status: str, to: str, cleared: dict[str, None], missing: list[str]
) -> None:
    made = await grown(manager, status)
    if cleared:
        await manager.patch(f"/v1/improvements/{made['id']}", json=cleared, headers=ANY)
    shown = (await manager.get(f"/v1/improvements/{made['id']}/transitions")).json()["items"]
    requires = next(item["requires"] for item in shown if item["to"] == to)
    answer = await move(manager, made, to)
    assert (answer.status_code, answer.json()["code"]) == (422, "missing_field")
    assert [each["pointer"] for each in answer.json()["errors"]] == missing
    assert [f"/{name}" for name in requires] == missing


async def test_it_is_found_by_number_and_listed_by_what_it_is_about(manager: httpx2.AsyncClient) -> None:
    made = await registered(manager, service="mail", kpi="mttr", filters={"service": "mail"})
    await registered(manager, title="Quieter alerts", objective="Sleep")
    assert made["number"].startswith("IMP-00")
    assert (await manager.get(f"/v1/improvements/{made['number']}")).json() == made
    for asked in ("kpi=mttr", "service=mail&status=identified", "q=faster", "number=" + made["number"]):
        assert (await manager.get(f"/v1/improvements?{asked}")).json()["items"] == [made], asked
    assert (await manager.get("/v1/improvements?status=done")).status_code == 422
    assert (await manager.get("/v1/improvements?colour=red")).status_code == 422


async def test_agents_register_and_work_but_managers_decide(manager: httpx2.AsyncClient) -> None:
    answer = await manager.post("/v1/improvements", json={"title": "Faster mail"}, headers=AGENT)
    assert (answer.status_code, answer.json()["registered_by"]) == (201, "lena")
    made = answer.json()
    path = f"/v1/improvements/{made['id']}"
    assert (await manager.patch(path, json={"owner": "lena"}, headers=AGENT | ANY)).status_code == 200
    told = await manager.post(f"{path}/transitions", json={"to": "accepted"}, headers=AGENT | ANY)
    assert told.status_code == 403
    outsider = {"authorization": "Bearer acme.rita.requester"}
    assert (await manager.get(path, headers=outsider)).status_code == 403
    stranger = {"authorization": "Bearer other.mara.manager"}
    assert (await manager.get(path, headers=stranger)).status_code == 404
    assert (await manager.get("/v1/improvements", headers=stranger)).json()["items"] == []


async def test_an_edit_is_a_merge_patch_on_the_version_that_was_read(manager: httpx2.AsyncClient) -> None:
    made = await registered(manager, kpi="mttr", filters={"service": "mail", "priority": "P1"}, target=3600)
    path = f"/v1/improvements/{made['id']}"
    assert (await manager.patch(path, json={"target": 60})).status_code == 428
    patch = {"filters": {"priority": None}, "windows": {"settle_days": 0}}
    answer = await manager.patch(path, json=patch, headers={"if-match": '"1"'})
    assert answer.headers["etag"] == '"2"'
    assert answer.json()["filters"] == {"service": "mail"}
    assert answer.json()["windows"] == {"longest_days": 90, "settle_days": 0, "zone": "UTC"}
    assert (await manager.patch(path, json=patch, headers={"if-match": '"1"'})).status_code == 412
    again = await manager.patch(path, json=patch, headers={"if-match": '"2"'})
    assert again.headers["etag"] == '"2"', "nothing changed"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"kpi": "happiness"}, "/kpi"),
        ({"kpi": "mttr", "filters": {"colour": "red"}}, "/filters/colour"),
        ({"kpi": "mttr", "filters": {"month": "2026-03"}}, "/filters/month"),
        ({"kpi": "mttr", "filters": {"priority": "P9"}}, "/filters/priority"),
        ({"kpi": "mttr", "direction": "up"}, "/direction"),
        ({"kpi": "demand"}, "/direction"),
        ({"target": 5}, "/target"),
        ({"baseline": {"value": 5}}, "/baseline"),
        ({"windows": {"zone": "Mars/Olympus"}}, "/windows/zone"),
        ({"windows": {"longest_days": 27}}, "/windows/longest_days"),
        ({"planned_start": "2026-03-02T08:00:00Z", "planned_end": "2026-03-01T08:00:00Z"}, "/planned_end"),
        ({"cost": -1}, "/cost"),
        ({"number": "IMP-000001"}, "/number"),
        ({"status": "closed"}, "/status"),
        ({"title": " "}, "/title"),
    ],
)
async def test_what_leads_nowhere_is_refused_where_it_stands(
    manager: httpx2.AsyncClient, fields: dict[str, Any], pointer: str
) -> None:
    answer = await manager.post("/v1/improvements", json={"title": "Faster mail"} | fields)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


async def test_the_goal_cannot_be_moved_once_work_has_begun(manager: httpx2.AsyncClient) -> None:
    made = await grown(manager, "in_progress", kpi="mttr", target=3600)
    path = f"/v1/improvements/{made['id']}"
    for fields in ({"target": 7200}, {"kpi": "mtta"}, {"windows": {"settle_days": 1}}, {"baseline": None}):
        answer = await manager.patch(path, json=fields, headers=ANY)
        expected = 200 if fields == {"baseline": None} else 409
        assert answer.status_code == expected, "no baseline was known, so that null changes nothing"
    assert (await manager.patch(path, json={"priority": "high"}, headers=ANY)).status_code == 200
    ended = await grown(manager, "cancelled")
    late = await manager.patch(f"/v1/improvements/{ended['id']}", json={"priority": "low"}, headers=ANY)
    assert (late.status_code, late.json()["code"]) == (409, "record_ended")


async def test_an_accepted_improvement_keeps_what_it_is_judged_by(manager: httpx2.AsyncClient) -> None:
    made = await grown(manager, "accepted")
    answer = await manager.patch(f"/v1/improvements/{made['id']}", json={"objective": None}, headers=ANY)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/kpi")


async def test_the_seven_steps_are_data_with_who_and_when(manager: httpx2.AsyncClient, db: Database) -> None:
    made = await registered(manager)
    assert [(step["step"], step["state"]) for step in made["steps"]] == [(name, "open") for name in SEVEN]
    path = f"/v1/improvements/{made['id']}/steps/gather"
    said = {"state": "in_progress", "note": "From the mail gateway's log"}
    answer = await manager.patch(path, json=said, headers=AGENT | {"if-match": '"1"'})
    assert answer.status_code == 200, answer.text
    step = answer.json()["steps"][2]
    assert (step["step"], step["state"], step["note"], step["by"]) == ("gather", *said.values(), "lena")
    assert step["at"] is not None
    assert [each["at"] for each in answer.json()["steps"] if each["step"] != "gather"] == [None] * 6
    again = await manager.patch(path, json=said, headers=ANY)
    assert again.json() == answer.json(), "nothing changed, so that it is still hers"
    assert (await manager.patch(path, json=said)).status_code == 428
    unknown = await manager.patch(path.replace("gather", "guess"), json=said, headers=ANY)
    assert unknown.status_code == 422
    event = json.loads((await db.fetch(SAID, UUID(made["id"])))[1]["envelope"])
    assert "gateway" not in json.dumps(event), "notes stay here"
    assert event["data"]["steps"][2]["state"] == "in_progress"
    timeline = (await manager.get(f"/v1/improvements/{made['id']}/timeline")).json()["items"]
    assert timeline[1]["data"]["notes"] == {"gather": "From the mail gateway's log"}


async def test_people_comment_without_making_an_edit_stale(manager: httpx2.AsyncClient) -> None:
    made = await registered(manager)
    path = f"/v1/improvements/{made['number']}/comments"
    said = await manager.post(path, json={"body": "Ask the gateway's team"}, headers=AGENT)
    assert said.status_code == 201, said.text
    assert (said.json()["author"], said.json()["improvement_id"]) == ("lena", made["id"])
    assert (await manager.get(said.headers["location"])).json() == said.json()
    more = (await manager.post(path, json={"body": "Done"})).json()
    first = (await manager.get(f"{path}?limit=1")).json()
    rest = (await manager.get(f"{path}?limit=1&cursor={first['next']}")).json()
    assert first["items"] + rest["items"] == [said.json(), more]
    assert (await manager.get(f"/v1/improvements/{made['id']}")).headers["etag"] == '"1"'
    timeline = (await manager.get(f"/v1/improvements/{made['id']}/timeline")).json()["items"]
    assert [each["type"] for each in timeline][1:] == ["itsm.comment.added.v1"] * 2
    other = await registered(manager)
    elsewhere = f"/v1/improvements/{other['id']}/comments/{more['id']}"
    assert (await manager.get(elsewhere)).status_code == 404
    assert (await manager.post(path, json={"body": " "})).status_code == 422
    outsider = {"authorization": "Bearer acme.rita.requester"}
    assert (await manager.get(path, headers=outsider)).status_code == 403


async def test_every_transition_says_what_happened_with_the_full_state(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    made = await grown(manager, "on_hold", description="The secret plan")
    made = (await move(manager, made, "in_progress")).json()
    assert made["reason"] is None
    await move(manager, made, "in_review")
    await move(manager, made, "closed", outcome="Quiet nights")
    said = await db.fetch(SAID, UUID(made["id"]))
    names = [row["type"].split(".")[2] for row in said]
    assert names == [
        *("identified", "accepted", "assessed", "approved", "started"),
        *("held", "resumed", "implemented", "closed"),
    ]
    for words in ("secret", "Quiet", "Waiting", "lena"):
        assert not [row for row in said if words in row["envelope"]], "prose and people stay here"


async def test_accepting_reads_where_the_figure_stands(manager: httpx2.AsyncClient, db: Database) -> None:
    await desk(db, lambda _: 8, days=30)
    made = await grown(manager, "accepted", kpi="mttr", filters={"service": "mail"}, objective=None)
    found = made["baseline"]
    period = {"from_": found["since"], "to": found["until"], "service": "mail"}
    figure = await kpi(manager, "mttr", **period)
    assert (found["measured"], found["n"], found["value"]) == (True, figure["n"], figure["value"])
    assert figure["n"] > 50
    stated = await grown(manager, "accepted", kpi="mttr", baseline={"value": 30000, "n": 12})
    assert (stated["baseline"]["measured"], stated["baseline"]["value"]) == (False, 30000)
    nothing = await grown(manager, "accepted", kpi="mttr", filters={"service": "phone"})
    assert nothing["baseline"] is None


async def implemented(client: httpx2.AsyncClient, days: float, **fields: Any) -> Any:
    """An improvement whose work was done so many days ago."""
    made = await grown(client, "approved", kpi="mttr", objective=None, **fields)
    for to, name in (("in_progress", "started_at"), ("in_review", "implemented_at")):
        answer = await move(client, made, to, **{name: written(ago(days))})
        assert answer.status_code == 200, answer.text
    return answer.json()


async def test_closing_shows_that_it_worked_with_the_interval_and_says_so(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await desk(db, lambda day: 8 if day > 90 else 5)
    await desk(db, lambda _: 3, days=60, service="web")
    made = await implemented(manager, 90, filters={"service": "mail"}, target=6 * 3600)
    path = f"/v1/improvements/{made['id']}"
    look = await manager.post(f"{path}/effect:measure", headers=AGENT)
    assert look.status_code == 200, look.text
    closed = (await move(manager, made, "closed")).json()
    found = closed["effect"]
    assert {**look.json(), "measured_at": None} == {**found, "measured_at": None}
    assert (found["verdict"], found["reason"], found["direction"]) == ("improved", None, "down")
    assert (found["before"]["days"], found["after"]["days"]) == (84, 77)
    assert found["before"]["until"] == written(ago(90))
    assert found["after"]["since"] == written(ago(82)), "a week in which it settles, from the day after"
    assert found["relative"]["low"] < 5 / 8 - 1 < found["relative"]["high"] < 0
    assert found["absolute"]["low"] < -3 * 3600 < found["absolute"]["high"] < 0
    period = {"from_": found["after"]["since"], "to": found["after"]["until"], "service": "mail"}
    figure = await kpi(manager, "mttr", **period)
    assert (found["after"]["n"], found["after"]["value"]) == (figure["n"], figure["value"])
    assert found["target_met"] is True
    said = json.loads((await db.fetch(SAID, UUID(made["id"])))[-1]["envelope"])
    assert said["type"] == "itsm.improvement.closed.v1"
    assert said["data"]["effect"] == found
    assert (await manager.get("/v1/improvements?verdict=improved")).json()["items"] == [closed]


@pytest.mark.parametrize(("later", "verdict"), [(8, "no_change_shown"), (12, "worse")])
async def test_closing_shows_as_well_that_it_did_not_work(
    manager: httpx2.AsyncClient, db: Database, later: float, verdict: str
) -> None:
    await desk(db, lambda day: 8 if day > 90 else later)
    made = await implemented(manager, 90, target=6 * 3600)
    found = (await move(manager, made, "closed")).json()["effect"]
    assert (found["verdict"], found["reason"], found["target_met"]) == (verdict, None, False)
    assert 0 < found["detectable"] < 0.3


async def test_whoever_closes_too_early_is_shown_nothing_and_told_why(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await desk(db, lambda day: 8 if day > 20 else 2, days=120)
    made = await implemented(manager, 20)
    found = (await move(manager, made, "closed")).json()["effect"]
    assert (found["verdict"], found["reason"], found["after"]["days"]) == (
        "no_change_shown",
        "too_few_days",
        0,
    )
    assert found["relative"] is None


async def test_a_look_may_choose_other_days_and_keeps_nothing(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await desk(db, lambda day: 8 if day > 60 else 5, days=150)
    made = await implemented(manager, 60)
    path = f"/v1/improvements/{made['id']}"
    wish = {"longest_days": 35, "settle_days": 14, "zone": "Europe/Berlin"}
    look = (await manager.post(f"{path}/effect:measure", json=wish)).json()
    assert (look["before"]["days"], look["after"]["days"]) == (35, 35)
    assert (await manager.get(path)).json() == made
    assert (await manager.post(f"{path}/effect:measure", json={"days": 3})).status_code == 422


async def test_there_is_nothing_to_measure_before_it_is_implemented_or_without_a_figure(
    manager: httpx2.AsyncClient,
) -> None:
    for made, code in (
        (await grown(manager, "in_progress", kpi="mttr"), "not_implemented"),
        (await grown(manager, "in_review"), "no_figure"),
    ):
        answer = await manager.post(f"/v1/improvements/{made['id']}/effect:measure")
        assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize("slug", ["reopen_rate", "first_contact_resolution", "reassignment", "opened"])
async def test_what_is_compared_adds_up_to_the_figure(
    manager: httpx2.AsyncClient, db: Database, slug: str
) -> None:
    await desk(db, lambda _: 8, days=150)
    made = await grown(manager, "approved", kpi=slug, objective=None)
    for to, name in (("in_progress", "started_at"), ("in_review", "implemented_at")):
        await move(manager, made, to, **{name: written(ago(70))})
    found = (await move(manager, made, "closed")).json()["effect"]
    assert found["reason"] is None
    for side in (found["before"], found["after"]):
        whole = side["level"] * side["days"] if slug == "opened" else side["level"]
        assert whole == pytest.approx(side["value"]), side


async def test_a_state_is_not_compared_but_its_figures_stand_there(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await desk(db, lambda _: 8, days=120)
    made = await grown(manager, "approved", kpi="backlog", objective=None, target=50)
    for to, name in (("in_progress", "started_at"), ("in_review", "implemented_at")):
        await move(manager, made, to, **{name: written(ago(60))})
    found = (await move(manager, made, "closed")).json()["effect"]
    assert (found["verdict"], found["reason"]) == ("no_change_shown", "not_comparable")
    assert found["after"]["value"] is not None
    assert found["target_met"] is True


@pytest.mark.parametrize(
    ("to", "fields", "pointer"),
    [
        ("in_progress", {"started_at": "2999-01-01T00:00:00Z"}, "/started_at"),
        ("in_progress", {"implemented_at": "2026-01-01T00:00:00Z"}, ""),
        ("in_progress", {"started_at": 5}, "/started_at"),
        ("cancelled", {"reason": " "}, "/reason"),
    ],
)
async def test_times_and_fields_that_do_not_belong_are_refused(
    manager: httpx2.AsyncClient, to: str, fields: dict[str, Any], pointer: str
) -> None:
    made = await grown(manager, "approved")
    answer = await move(manager, made, to, **fields)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_work_cannot_end_before_it_begins(manager: httpx2.AsyncClient) -> None:
    made = await grown(manager, "approved")
    await move(manager, made, "in_progress", started_at=written(ago(5)))
    answer = await move(manager, made, "in_review", implemented_at=written(ago(6)))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/implemented_at")
