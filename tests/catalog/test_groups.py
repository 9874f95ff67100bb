"""Groups and their members."""

import asyncio
from typing import Any

import pytest
from itsm_catalog.tables import directory
from itsm_events import Envelope, opaque
from itsm_events.group import GroupUpdated
from support.broker import channel, heard, listen
from support.services import Running

DESK = {"key": "desk", "name": "Service desk", "members": ["eva", "ben", "eva"], "purposes": ["approval"]}


async def test_a_group_shows_purposes_and_members_in_order_and_once(catalog: Running) -> None:
    manager = catalog.caller("manager")
    made = await manager.creates(
        "/v1/groups", **DESK | {"purposes": ["cab", "approval", "cab"], "lead": "ida"}
    )
    assert (made["members"], made["purposes"]) == (["ben", "eva"], ["approval", "cab"])
    assert (made["lead"], made["active"], made["version"]) == ("ida", True, 1)
    for reference in ("desk", made["id"]):
        assert await manager.get(f"/v1/groups/{reference}") == made


async def test_members_need_not_be_known_and_those_who_left_act_no_more(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/groups", **DESK | {"members": ["eva", "ben", "ida"]})
    await manager.creates("/v1/people", key="ben", name="Ben", active=False)
    await manager.creates("/v1/people", key="ida", name="Ida", delegate="ben")
    await manager.creates("/v1/people", key="otto", name="Otto", delegate="eva")
    items = (await manager.get("/v1/groups/desk/members"))["items"]
    assert items == [
        {"person": "ben", "name": "Ben", "known": True, "active": False, "delegate": None},
        {"person": "eva", "name": None, "known": False, "active": True, "delegate": None},
        {"person": "ida", "name": "Ida", "known": True, "active": True, "delegate": None},
    ]
    assert await directory.members_of(catalog.db, "acme", "desk") == ["eva", "ida"]
    assert await directory.members_of(catalog.db, "globex", "desk") == []
    await manager.call("PATCH", "/v1/groups/desk", {"active": False}, If_Match="*")
    assert await directory.members_of(catalog.db, "acme", "desk") == []
    assert (await manager.get("/v1/people/eva/groups"))["items"] == []


async def test_whoever_joins_or_leaves_is_found_by_person_and_by_group(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/groups", **DESK)
    await manager.creates("/v1/groups", key="cab", name="CAB", members=["ben"], purposes=["cab"])
    edited = await manager.call("PATCH", "/v1/groups/desk", {"members": ["ida", "eva"]}, If_Match='"1"')
    assert edited.json()["members"] == ["eva", "ida"]

    async def groups(person: str) -> list[str]:
        return [item["key"] for item in (await manager.get(f"/v1/people/{person}/groups"))["items"]]

    assert [await groups(person) for person in ("ben", "eva", "ida", "otto")] == [
        ["cab"],
        ["desk"],
        ["desk"],
        [],
    ]
    assert await directory.members_of(catalog.db, "acme", "desk") == ["eva", "ida"]
    await manager.call("PATCH", "/v1/groups/desk", {"members": []}, If_Match='"2"')
    assert await directory.members_of(catalog.db, "acme", "desk") == []


async def test_a_lost_race_leaves_the_members_of_the_winner(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/groups", **DESK)
    edits = [{"members": [f"p{n}", f"q{n}"]} for n in range(20)]
    answers = await asyncio.gather(
        *(manager.call("PATCH", "/v1/groups/desk", edit, If_Match='"1"') for edit in edits)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    shown = (await manager.get("/v1/groups/desk"))["members"]
    assert await directory.members_of(catalog.db, "acme", "desk") == shown


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"key": "a b"}, "/key"),
        ({"purposes": ["party"]}, "/purposes/0"),
        ({"members": None}, "/members"),
        ({"members": ["ok", ""]}, "/members/1"),
        ({"members": "ben"}, "/members"),
        ({"id": "x"}, "/id"),
    ],
)
async def test_what_makes_no_group_is_refused(catalog: Running, wrong: dict[str, Any], pointer: str) -> None:
    answer = await catalog.caller("manager").call("POST", "/v1/groups", DESK | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_groups_are_found_by_what_they_are_for(catalog: Running) -> None:
    manager = catalog.caller("manager")
    for key, purposes in (("a", ["assignment"]), ("b", ["approval", "cab"]), ("c", [])):
        await manager.creates("/v1/groups", key=key, name=f"Group {key}", purposes=purposes)

    async def found(query: str) -> list[str]:
        return [item["key"] for item in (await manager.get(f"/v1/groups?{query}"))["items"]]

    assert [await found(q) for q in ("approval=true", "assignment=false", "q=GROUP C")] == [
        ["b"],
        ["b", "c"],
        ["c"],
    ]


async def test_only_those_who_keep_the_directory_write_and_only_in_their_tenant(catalog: Running) -> None:
    await catalog.caller("service").creates("/v1/groups", **DESK)
    for role in ("requester", "agent", "change_manager"):
        caller = catalog.caller(role, "carl")
        assert (await caller.call("POST", "/v1/groups", DESK | {"key": "x"})).status_code == 403
        edit = await caller.call("PATCH", "/v1/groups/desk", {"name": "X"}, If_Match="*")
        assert edit.status_code == 403
        assert (await caller.get("/v1/groups/desk"))["name"] == "Service desk"
    other = catalog.caller("admin", tenant="globex")
    for path in ("/v1/groups/desk", "/v1/groups/desk/members"):
        assert (await other.call("GET", path)).status_code == 404
    assert (await other.call("PATCH", "/v1/groups/desk", {"name": "X"}, If_Match="*")).status_code == 404
    assert (await other.get("/v1/people/eva/groups"))["items"] == []


async def test_an_edit_repeated_under_conditions_is_answered_by_them(catalog: Running) -> None:
    manager = catalog.caller("manager")
    answers = [await manager.call("POST", "/v1/groups", DESK, Idempotency_Key="k") for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 1
    assert (await manager.call("PATCH", "/v1/groups/desk", {"name": "X"})).status_code == 428
    assert (await manager.call("PATCH", "/v1/groups/desk", {"name": "X"}, If_Match='"9"')).status_code == 412


async def test_the_bus_hears_of_all_members_by_opaque_ids(catalog: Running, amqp_url: str) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/groups", **DESK)
    await manager.call("PATCH", "/v1/groups/desk", {"members": ["ida"], "lead": "eva"}, If_Match='"1"')
    await manager.call("PATCH", "/v1/groups/desk", {"active": False}, If_Match='"2"')
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.group.*.v1")
        await catalog.say_all(amqp_url)
        envelopes = [Envelope.model_validate_json(message.body) for message in await heard(queue, 3)]
    assert [e.type.split(".")[2] for e in envelopes] == ["registered", "updated", "deactivated"]
    said = GroupUpdated.model_validate(envelopes[1].data)
    assert (said.key, said.members, said.lead) == ("desk", [opaque("acme", "ida")], opaque("acme", "eva"))
