"""People: registered, edited, deactivated, and standing in for one another."""

from typing import Any

import pytest
from itsm_catalog.tables import directory
from itsm_chassis import clock
from itsm_events import Envelope, opaque
from itsm_events.person import PersonRegistered
from support.broker import channel, heard, listen
from support.services import Running

BEN = {"key": "ben", "name": "Ben Berg", "email": "ben@acme.example", "business_unit": "sales"}


async def test_the_id_of_a_person_is_the_one_by_which_all_events_name_them(catalog: Running) -> None:
    manager = catalog.caller("manager")
    answer = await manager.call("POST", "/v1/people", BEN | {"manager": "anna"})
    made = answer.json()
    assert answer.status_code == 201
    assert (answer.headers["etag"], answer.headers["location"]) == ('"1"', f"/v1/people/{made['id']}")
    assert made == BEN | {
        "id": opaque("acme", "ben"),
        "version": 1,
        "manager": "anna",
        "location": None,
        "active": True,
        "delegate": None,
        "delegate_from": None,
        "delegate_until": None,
        "registered_at": made["registered_at"],
        "updated_at": made["registered_at"],
    }
    for path in (answer.headers["location"], "/v1/people/ben"):
        assert (await manager.call("GET", path)).text == answer.text


@pytest.mark.parametrize(
    "key", ["auth0|5f7c8ec7", "0190b1c2-0000-7000-8000-000000000000", "anna@acme.example"]
)
async def test_a_key_is_whatever_the_issuer_makes_a_subject(catalog: Running, key: str) -> None:
    manager = catalog.caller("manager")
    made = await manager.creates("/v1/people", key=key, name="Somebody")
    for reference in (key, made["id"]):
        assert (await manager.get(f"/v1/people/{reference}"))["key"] == key
    answer = await manager.call("PATCH", f"/v1/people/{key}", {"name": "Else"}, If_Match='"1"')
    assert (answer.status_code, answer.json()["name"]) == (200, "Else")


async def test_a_key_is_taken_once_in_each_tenant(catalog: Running) -> None:
    for tenant in ("acme", "globex"):
        manager = catalog.caller("manager", tenant=tenant)
        await manager.creates("/v1/people", **BEN)
        refused = await manager.call("POST", "/v1/people", BEN)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")
        assert "ben" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"key": ""}, "/key"),
        ({"key": "a\nb"}, "/key"),
        ({"key": "x" * 201}, "/key"),
        ({"name": " "}, "/name"),
        ({"name": None}, "/name"),
        ({"email": "nobody"}, "/email"),
        ({"active": None}, "/active"),
        ({"active": "yes"}, "/active"),
        ({"version": 7}, "/version"),
        ({"tenant": "globex"}, "/tenant"),
        ({"registered_at": "2026-01-01T00:00:00Z"}, "/registered_at"),
        ({"delegate": "ben"}, "/delegate"),
        ({"delegate_from": "2026-01-01T00:00:00Z"}, "/delegate_from"),
        ({"delegate": "eva", "delegate_until": "2026-01-01"}, "/delegate_until"),
        (
            {
                "delegate": "eva",
                "delegate_from": "2026-01-02T00:00:00Z",
                "delegate_until": "2026-01-02T00:00:00Z",
            },
            "/delegate_until",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(catalog: Running, wrong: dict[str, Any], pointer: str) -> None:
    answer = await catalog.caller("manager").call("POST", "/v1/people", BEN | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await catalog.db.fetchval("SELECT count(*) FROM person") == 0


async def test_an_edit_names_the_version_that_was_read(catalog: Running) -> None:
    manager = catalog.caller("manager")
    made = await manager.creates("/v1/people", **BEN)
    path = f"/v1/people/{made['id']}"
    assert (await manager.call("PATCH", path, {"location": "Oslo"})).status_code == 428
    answer = await manager.call("PATCH", path, {"location": "Oslo"}, If_Match='"1"')
    assert (answer.status_code, answer.headers["etag"], answer.json()["location"]) == (200, '"2"', "Oslo")
    assert (await manager.call("PATCH", path, {"location": "Rome"}, If_Match='"1"')).status_code == 412
    same = await manager.call("PATCH", path, {"location": "Oslo"}, If_Match='"2"')
    assert (same.status_code, same.headers["etag"]) == (200, '"2"')
    cleared = await manager.call("PATCH", path, {"location": None}, If_Match="*")
    assert (cleared.json()["location"], cleared.json()["name"]) == (None, "Ben Berg")


@pytest.mark.parametrize(
    ("role", "writes"),
    [
        ("requester", False),
        ("agent", False),
        ("change_manager", False),
        ("manager", True),
        ("service", True),
        ("admin", True),
    ],
)
async def test_managers_keep_the_directory_and_everybody_reads_it(
    catalog: Running, role: str, writes: bool
) -> None:
    await catalog.caller("admin").creates("/v1/people", **BEN)
    caller = catalog.caller(role, "carl")
    assert (await caller.call("POST", "/v1/people", {"key": "eva", "name": "Eva"})).status_code == (
        201 if writes else 403
    )
    edited = await caller.call("PATCH", "/v1/people/ben", {"location": "Oslo"}, If_Match="*")
    assert edited.status_code == (200 if writes else 403)
    assert (await caller.get("/v1/people/ben"))["name"] == "Ben Berg"
    assert "Ben Berg" in {item["name"] for item in (await caller.get("/v1/people"))["items"]}


async def test_requesters_learn_nobodys_address_but_their_own(catalog: Running) -> None:
    admin = catalog.caller("admin")
    tricky = 'He said "email":"x@y.example" \\'
    await admin.creates("/v1/people", key="eva", name=tricky, email='"e\\v"@acme.example')
    await admin.creates("/v1/people", **BEN)
    ben = catalog.caller("requester", "ben")
    assert (await ben.get("/v1/people/ben"))["email"] == "ben@acme.example"
    eva = await ben.get("/v1/people/eva")
    assert (eva["name"], eva["email"]) == (tricky, None)
    listed = {item["key"]: item["email"] for item in (await ben.get("/v1/people"))["items"]}
    assert listed == {"ben": "ben@acme.example", "eva": None}
    assert (await ben.get("/v1/people?q=v%22@acme"))["items"] == []
    agent = catalog.caller("agent", "ida")
    assert (await agent.get("/v1/people/eva"))["email"] == '"e\\v"@acme.example'
    assert [item["key"] for item in (await agent.get("/v1/people?q=ben@acme"))["items"]] == ["ben"]
    assert (await ben.call("GET", "/v1/people?email=ben@acme.example")).status_code == 422


async def test_another_tenant_sees_and_changes_nothing(catalog: Running) -> None:
    made = await catalog.caller("manager").creates("/v1/people", **BEN)
    other = catalog.caller("admin", tenant="globex")
    for reference in ("ben", made["id"]):
        assert (await other.call("GET", f"/v1/people/{reference}")).status_code == 404
        answer = await other.call("PATCH", f"/v1/people/{reference}", {"name": "X"}, If_Match="*")
        assert answer.status_code == 404
    assert (await other.get("/v1/people"))["items"] == []
    assert (await other.get("/v1/events"))["items"] == []


async def test_everybody_names_their_own_delegate_and_no_more(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await admin.creates("/v1/people", **BEN)
    await admin.creates("/v1/people", key="eva", name="Eva")
    ben = catalog.caller("requester", "ben")
    period = {"delegate_from": "2026-03-09T00:00:00Z", "delegate_until": "2026-03-16T01:00:00+01:00"}
    answer = await ben.call("PATCH", "/v1/people/ben", {"delegate": "eva"} | period, If_Match='"1"')
    assert answer.status_code == 200
    assert answer.json()["delegate_until"] == "2026-03-16T00:00:00Z"
    for path, body in (("/v1/people/ben", {"name": "Boss"}), ("/v1/people/eva", {"delegate": "ben"})):
        refused = await ben.call("PATCH", path, body, If_Match="*")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    own = await ben.call("PATCH", "/v1/people/ben", {"delegate": "ben"}, If_Match="*")
    assert (own.status_code, own.json()["errors"][0]["code"]) == (422, "own_delegate")
    gone = (await ben.call("PATCH", "/v1/people/ben", {"delegate": None}, If_Match="*")).json()
    assert (gone["delegate"], gone["delegate_from"], gone["delegate_until"]) == (None, None, None)


async def test_a_delegation_holds_from_its_first_moment_until_before_its_last(catalog: Running) -> None:
    admin = catalog.caller("admin")
    period = {"delegate_from": "2026-03-09T00:00:00Z", "delegate_until": "2026-03-16T00:00:00Z"}
    await admin.creates("/v1/people", **BEN, delegate="eva", **period)
    await admin.creates("/v1/people", key="ida", name="Ida", delegate="eva")
    now = clock.now()

    async def standing(at: str) -> tuple[str | None, list[str]]:
        moment = now.fromisoformat(at)
        delegate = await directory.delegate_of(catalog.db, "acme", "ben", moment)
        return delegate, await directory.delegators_of(catalog.db, "acme", "eva", moment)

    assert await standing("2026-03-08T23:59:59Z") == (None, ["ida"])
    assert await standing("2026-03-09T00:00:00Z") == ("eva", ["ben", "ida"])
    assert await standing("2026-03-15T23:59:59Z") == ("eva", ["ben", "ida"])
    assert await standing("2026-03-16T00:00:00Z") == (None, ["ida"])
    await admin.creates("/v1/people", key="eva", name="Eva", active=False)
    assert await directory.delegate_of(catalog.db, "acme", "ida", now) is None, "eva has left"


async def test_who_is_not_registered_finds_a_minimal_view_of_themselves(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await admin.creates("/v1/groups", key="desk", name="Desk", members=["ben"])
    ben = catalog.caller("requester", "ben")
    me = await ben.get("/v1/people/me")
    assert (me["id"], me["key"], me["roles"]) == (opaque("acme", "ben"), "ben", ["requester"])
    assert (me["person"], me["business_units"], me["delegators"]) == (None, [], [])
    assert [group["key"] for group in me["groups"]] == ["desk"]
    await admin.creates("/v1/people", **BEN)
    await admin.creates("/v1/people", key="eva", name="Eva", delegate="ben")
    await admin.creates("/v1/business-units", key="sales", name="Sales", parent="acme")
    me = await ben.get("/v1/people/me")
    assert (me["person"]["name"], me["business_units"]) == ("Ben Berg", ["sales", "acme"])
    assert me["delegators"] == ["eva"]


async def test_lists_are_filtered_searched_and_paged(catalog: Running) -> None:
    manager = catalog.caller("manager")
    for key, unit in (("ben", "sales"), ("eva", "sales"), ("ida", "it"), ("per%cent", "it")):
        await manager.creates("/v1/people", key=key, name=f"{key.title()} B", business_unit=unit)

    async def found(query: str) -> list[str]:
        return [item["key"] for item in (await manager.get(f"/v1/people?{query}"))["items"]]

    assert await found("") == ["ben", "eva", "ida", "per%cent"]
    assert await found("business_unit=sales&sort=-key") == ["eva", "ben"]
    assert await found("q=%25") == ["per%cent"]
    first = await manager.get("/v1/people?limit=3")
    assert await found(f"limit=3&cursor={first['next']}") == ["per%cent"]
    for wrong in ("limit=0", "sort=email", "nonsense=1", "cursor=abc", "active=perhaps"):
        assert (await manager.call("GET", f"/v1/people?{wrong}")).status_code == 422


async def test_registering_twice_under_one_key_answers_the_same(catalog: Running) -> None:
    manager = catalog.caller("manager")
    first, again = [await manager.call("POST", "/v1/people", BEN, Idempotency_Key="k1") for _ in range(2)]
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    other = await manager.call("POST", "/v1/people", BEN | {"name": "X"}, Idempotency_Key="k1")
    assert other.status_code == 422


async def test_people_are_said_on_the_bus_without_name_and_address(catalog: Running, amqp_url: str) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/people", **BEN, manager="anna")
    await manager.call("PATCH", "/v1/people/ben", {"delegate": "eva"}, If_Match='"1"')
    await manager.call("PATCH", "/v1/people/ben", {"active": False}, If_Match='"2"')
    await manager.call("PATCH", "/v1/people/ben", {"active": True}, If_Match='"3"')
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.person.*.v1")
        await catalog.say_all(amqp_url)
        messages = await heard(queue, 4)
    envelopes = [Envelope.model_validate_json(message.body) for message in messages]
    assert [e.type.split(".")[2] for e in envelopes] == ["registered", "updated", "deactivated", "updated"]
    assert [e.sequence for e in envelopes] == [1, 2, 3, 4]
    said = PersonRegistered.model_validate(envelopes[0].data)
    assert said.person == str(envelopes[0].subject) == opaque("acme", "ben")
    assert (said.business_unit, said.manager, said.active) == ("sales", opaque("acme", "anna"), True)
    assert envelopes[2].data["delegate"] == opaque("acme", "eva")
    assert b"Berg" not in messages[0].body
    assert b"acme.example" not in messages[0].body
