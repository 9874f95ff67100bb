"""Escalation rules as a resource: who may write them, what they must say, how they change."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from itsm_chassis.store.database import Database
from itsm_events import opaque
from support.escalations import rule

from .conftest import Person

PATH = "/v1/escalation-rules"
FULL: dict[str, Any] = {
    "key": "p1-breach",
    "name": "P1 breached",
    "match": {"threshold": 100, "kind": "sla", "priorities": ["P1"], "services": ["mail"]},
    "actions": {
        "reassign": {"assignment_group": "duty", "assignee": "dora"},
        "notify": {"roles": ["caller"], "people": ["mona"], "template": "breach"},
    },
}


@pytest.fixture
def manager(person: Callable[..., Person]) -> Person:
    return person("mona", "manager")


async def test_a_rule_is_defined_read_and_listed_with_every_field(manager: Person, agent: Person) -> None:
    answer = await manager.call("POST", PATH, FULL)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (answer.headers["Location"], answer.headers["ETag"]) == (f"{PATH}/{made['id']}", '"1"')
    assert (made["active"], made["version"]) == (True, 1)
    assert made["match"] == FULL["match"] | {"measure": None, "assignment_groups": [], "policies": []}
    assert made["actions"]["flag"] is None
    assert made["actions"]["notify"]["groups"] == []
    for reference in (made["id"], "p1-breach"):
        assert await agent.get(f"{PATH}/{reference}") == made
    assert (await manager.call("POST", PATH, rule("another"))).status_code == 201
    assert [each["key"] for each in (await agent.get(PATH))["items"]] == ["p1-breach", "another"]
    assert [each["key"] for each in (await agent.get(f"{PATH}?threshold=100&q=P1"))["items"]] == ["p1-breach"]


async def test_a_merge_patch_changes_a_rule_and_retires_it(manager: Person) -> None:
    await manager.call("POST", PATH, FULL)
    patch: dict[str, Any] = {"match": {"services": None, "threshold": 75}}
    patch["actions"] = {"reassign": {"assignee": None}, "flag": {"level": 2}}
    assert (await manager.call("PATCH", f"{PATH}/p1-breach", patch)).status_code == 428
    answer = await manager.call("PATCH", f"{PATH}/p1-breach", patch, If_Match='"1"')
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (now["version"], now["match"]["threshold"], now["match"]["services"]) == (2, 75, [])
    assert now["actions"]["reassign"] == {"assignment_group": "duty", "assignee": None}
    assert (now["actions"]["flag"], now["actions"]["notify"]["people"]) == ({"level": 2}, ["mona"])
    assert (await manager.call("PATCH", f"{PATH}/p1-breach", patch, If_Match='"1"')).status_code == 412
    same = await manager.call("PATCH", f"{PATH}/p1-breach", patch, If_Match="*")
    assert same.json() == now
    retired = await manager.call("PATCH", f"{PATH}/p1-breach", {"active": False}, If_Match='"2"')
    assert (retired.json()["active"], retired.headers["ETag"]) == (False, '"3"')
    assert (await manager.get(f"{PATH}?active=true"))["items"] == []


async def test_only_managers_write_only_staff_reads_and_every_tenant_has_its_own(
    manager: Person, agent: Person, carl: Person, person: Callable[..., Person]
) -> None:
    assert (await person("root", "admin").call("POST", PATH, FULL)).status_code == 201
    assert (await agent.call("POST", PATH, rule("other"))).status_code == 403
    assert (await agent.call("PATCH", f"{PATH}/p1-breach", {"name": "x"}, If_Match="*")).status_code == 403
    for path in (PATH, f"{PATH}/p1-breach"):
        assert (await carl.call("GET", path)).status_code == 403
    stranger = person("eve", "manager", "other")
    assert (await stranger.call("GET", f"{PATH}/p1-breach")).status_code == 404
    assert (await stranger.call("PATCH", f"{PATH}/p1-breach", {"name": "x"}, If_Match="*")).status_code == 404
    assert (await stranger.get(PATH))["items"] == []
    assert (await stranger.call("POST", PATH, FULL)).status_code == 201
    again = await manager.call("POST", PATH, FULL)
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"match": {}}, "/match/threshold"),
        ({"match": {"threshold": 101}}, "/match/threshold"),
        ({"match": {"threshold": True}}, "/match/threshold"),
        ({"match": {"threshold": 100, "measure": "fulfil"}}, "/match/measure"),
        ({"match": {"threshold": 100, "priorities": ["P9"]}}, "/match/priorities/0"),
        ({"match": {"threshold": 100, "colour": "red"}}, "/match/colour"),
        ({"actions": {}}, "/actions"),
        ({"actions": {"reassign": {}}}, "/actions/reassign"),
        ({"actions": {"flag": {"level": 0}}}, "/actions/flag/level"),
        ({"actions": {"notify": {"people": ["mona"]}}}, "/actions/notify"),
        ({"actions": {"notify": {"words": "Hurry"}}}, "/actions/notify"),
        ({"actions": {"notify": {"words": "Hurry", "roles": ["boss"]}}}, "/actions/notify/roles/0"),
        ({"actions": {"call": "mona"}}, "/actions/call"),
        ({"key": "a/b"}, "/key"),
        ({"version": 7}, "/version"),
    ],
)
async def test_what_could_never_act_is_refused_where_it_stands(
    manager: Person, change: dict[str, Any], pointer: str
) -> None:
    answer = await manager.call("POST", PATH, FULL | change)
    assert answer.status_code == 422, answer.text
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}
    assert (await manager.get(PATH))["items"] == []


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"match": {"threshold": None}}, "/match/threshold"),
        ({"match": {"kind": "best"}}, "/match/kind"),
        ({"actions": {"reassign": None, "notify": None}}, "/actions"),
        ({"actions": {"notify": {"template": None}}}, "/actions/notify"),
        ({"name": None}, "/name"),
        ({"key": "other"}, "/key"),
    ],
)
async def test_a_patch_must_leave_a_rule_that_can_act(
    manager: Person, patch: dict[str, Any], pointer: str
) -> None:
    made = (await manager.call("POST", PATH, FULL)).json()
    answer = await manager.call("PATCH", f"{PATH}/p1-breach", patch, If_Match="*")
    assert answer.status_code == 422, answer.text
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}
    assert await manager.get(f"{PATH}/p1-breach") == made


async def test_people_leave_the_service_as_opaque_ids_only(manager: Person, db: Database) -> None:
    await manager.call("POST", PATH, FULL)
    text = await db.fetchval("SELECT envelope FROM event WHERE type = 'itsm.escalation_rule.defined.v1'")
    said = json.loads(text)["data"]
    assert (said["assignee"], said["people"]) == (opaque("acme", "dora"), [opaque("acme", "mona")])
    assert (said["roles"], said["match"]["threshold"]) == (["caller"], 100)
    assert "dora" not in text
