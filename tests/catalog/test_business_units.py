"""Business units: a forest, whatever is asked at once."""

import asyncio
import random

from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.business_units import circle, circular
from itsm_catalog.tables import directory
from itsm_events import Envelope, opaque
from support.broker import channel, heard, listen
from support.services import Running

KEYS = st.sampled_from("abcdef")
PARENTS = st.dictionaries(KEYS, st.none() | KEYS)


def acyclic(parents: dict[str, str | None]) -> bool:
    return not any(circle(parents, key) for key in parents)


async def test_a_unit_knows_those_above_it(catalog: Running) -> None:
    manager = catalog.caller("manager")
    for key, parent in (("team", "sales"), ("sales", "north"), ("north", None)):
        await manager.creates("/v1/business-units", key=key, name=key.title(), parent=parent, head="eva")
    assert await directory.units_upwards(catalog.db, "acme", "team") == ["team", "sales", "north"]
    assert await directory.units_upwards(catalog.db, "acme", None) == []
    assert await directory.units_upwards(catalog.db, "globex", "team") == ["team"]
    below = (await manager.get("/v1/business-units?parent=sales"))["items"]
    assert [(unit["key"], unit["head"]) for unit in below] == [("team", "eva")]


async def test_no_unit_is_above_itself(catalog: Running) -> None:
    manager = catalog.caller("manager")
    itself = await manager.call("POST", "/v1/business-units", {"key": "a", "name": "A", "parent": "a"})
    assert (itself.status_code, itself.json()["code"]) == (409, "cycle")
    for key, parent in (("a", "b"), ("b", "c")):
        await manager.creates("/v1/business-units", key=key, name=key, parent=parent)
    late = await manager.call("POST", "/v1/business-units", {"key": "c", "name": "C", "parent": "a"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (409, "/parent")
    assert "c -> a -> b -> c" in late.json()["detail"]
    await manager.creates("/v1/business-units", key="c", name="C")
    edit = await manager.call("PATCH", "/v1/business-units/c", {"parent": "a"}, If_Match='"1"')
    assert edit.status_code == 409
    assert (await manager.get("/v1/business-units/c"))["parent"] is None


async def test_writers_at_once_close_no_circle_together(catalog: Running) -> None:
    manager = catalog.caller("manager")
    keys = [f"u{n}" for n in range(6)]
    for key in keys:
        await manager.creates("/v1/business-units", key=key, name=key)
    chance = random.Random(4)
    wishes = [tuple(chance.sample(keys, 2)) for _ in range(60)]
    answers = await asyncio.gather(
        *(
            manager.call("PATCH", f"/v1/business-units/{key}", {"parent": parent}, If_Match="*")
            for key, parent in wishes
        )
    )
    assert {answer.status_code for answer in answers} == {200, 409}
    units = (await manager.get("/v1/business-units"))["items"]
    assert acyclic({unit["key"]: unit["parent"] for unit in units})


async def test_units_are_kept_by_managers_and_stay_in_their_tenant(catalog: Running) -> None:
    manager = catalog.caller("manager")
    made = await manager.creates("/v1/business-units", key="it", name="IT")
    agent = catalog.caller("agent", "carl")
    path = f"/v1/business-units/{made['id']}"
    assert (await agent.call("POST", "/v1/business-units", {"key": "x", "name": "X"})).status_code == 403
    assert (await agent.call("PATCH", path, {"name": "X"}, If_Match="*")).status_code == 403
    assert await agent.get(path) == made
    other = catalog.caller("admin", tenant="globex")
    assert (await other.call("GET", path)).status_code == 404
    assert (await other.call("PATCH", path, {"name": "X"}, If_Match="*")).status_code == 404
    assert (await manager.call("PATCH", path, {"name": "X"})).status_code == 428
    assert (await manager.call("PATCH", path, {"name": "X"}, If_Match='"3"')).status_code == 412
    assert (await manager.call("PATCH", path, {"key": "X"}, If_Match="*")).status_code == 422


async def test_units_are_said_on_the_bus(catalog: Running, amqp_url: str) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/business-units", key="it", name="IT", parent="acme", head="eva")
    await manager.call("PATCH", "/v1/business-units/it", {"active": False}, If_Match='"1"')
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.business_unit.*.v1")
        await catalog.say_all(amqp_url)
        made, gone = [Envelope.model_validate_json(message.body) for message in await heard(queue, 2)]
    assert (made.type, gone.type) == ("itsm.business_unit.registered.v1", "itsm.business_unit.deactivated.v1")
    assert gone.data == {
        "key": "it",
        "name": "IT",
        "parent": "acme",
        "head": opaque("acme", "eva"),
        "active": False,
    }


@given(PARENTS.filter(acyclic), PARENTS)
def test_what_is_agreed_on_together_has_no_circle(
    before: dict[str, str | None], wanted: dict[str, str | None]
) -> None:
    refused = circular(before, wanted)
    assert acyclic({**before, **{key: wanted[key] for key in wanted.keys() - refused}})
    if acyclic({**before, **wanted}):
        assert refused == {}
    shuffled = dict(reversed(wanted.items()))
    assert circular(before, shuffled).keys() == refused.keys()
    assert all(before.get(key) != wanted[key] for key in refused)
