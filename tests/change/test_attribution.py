"""Incidents are matched to the changes that may have caused them, whichever is heard first."""

from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest
from itsm_change.consumers import keep, suspect
from itsm_chassis import clock
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.ids import new_id
from itsm_events import Envelope, Event
from itsm_events.dependency import DependencyAdded
from itsm_events.privacy import PEOPLE
from support.incident_events import Story
from support.services import Caller, Running

LINKED = "SELECT envelope FROM event WHERE type LIKE 'itsm.suspect.%' ORDER BY recorded_at, sequence"


def incident(minutes: float = 1, **state: Any) -> Story:
    """An incident that is opened so many minutes from now."""
    opened_at = clock.now() + timedelta(minutes=minutes)
    number = f"INC-{int(new_id()) % 1_000_000:06d}"
    given: dict[str, Any] = {"number": number, "opened_at": opened_at, "service": "mail"}
    return Story(**(given | state))


def needs(dependent: str, dependency: str) -> Received:
    """A service needs another."""
    ends = ({"kind": "service", "key": key} for key in (dependent, dependency))
    said: Event = DependencyAdded.model_validate(dict(zip(("dependent", "dependency"), ends, strict=True)))
    envelope = Envelope(
        id=new_id(),
        source="/itsm/catalog",
        type=said.type,
        subject=uuid5(PEOPLE, f"{dependent} {dependency}"),
        sequence=1,
        time=clock.now(),
        recordedtime=clock.now(),
        tenant="acme",
        actor="someone",
        data=said.public("acme"),
    )
    return decode(envelope.text().encode(), 1)


async def heard(change: Running, *events: Received) -> None:
    """The follower hears of incidents, and of our own changes."""
    async with change.db.transaction() as conn:
        await suspect(conn, events)


async def told(change: Running) -> list[Received]:
    """Our own changes, as the bus brings them back."""
    rows = await change.db.fetch("SELECT envelope FROM event WHERE type LIKE 'itsm.change.%' ORDER BY id")
    return [decode(row["envelope"].encode(), None) for row in rows]


@pytest.fixture
def manager(change: Running) -> Caller:
    return change.caller("change_manager", "mona")


async def implemented(change: Running, **scope: Any) -> Any:
    """A change that has just been implemented."""
    finder = change.caller("service", "scanner")
    given = {"dedup_key": str(new_id()), "title": "New firmware", "service": "mail"} | scope
    found = (await finder.creates("/v1/changes:detected", **given))["change"]
    moved = await finder.call(
        "POST", f"/v1/changes/{found['id']}/transitions", {"to": "review"}, If_Match="*"
    )
    assert moved.status_code == 200, moved.text
    return moved.json()


async def suspects(manager: Caller, made: Any) -> list[Any]:
    return list((await manager.get(f"/v1/changes/{made['id']}/caused-incidents"))["items"])


async def test_a_change_on_the_same_service_is_suspected(change: Running, manager: Caller) -> None:
    made = await implemented(change)
    trouble = incident()
    await heard(change, *await told(change), *trouble.told)
    (found,) = await suspects(manager, made)
    assert (found["state"], found["incident_number"], found["via"]) == (
        "suspected",
        trouble.state["number"],
        "service mail",
    )
    assert [reason["factor"] for reason in found["reasons"]] == ["distance", "elapsed", "risk"]


async def test_which_of_the_two_is_heard_first_makes_no_difference(change: Running, manager: Caller) -> None:
    made = await implemented(change)
    trouble = incident()
    await heard(change, *trouble.told)
    assert await suspects(manager, made) == []
    await heard(change, *await told(change))
    (found,) = await suspects(manager, made)
    assert found["state"] == "suspected"


async def test_hearing_it_all_again_says_nothing_new(change: Running) -> None:
    await implemented(change)
    trouble = incident()
    for _ in range(2):
        await heard(change, *trouble.told, *await told(change))
        assert len(await change.db.fetch(LINKED)) == 1


async def test_a_change_below_is_suspected_as_far_as_two_steps(change: Running, manager: Caller) -> None:
    async with change.db.transaction() as conn:
        await keep(conn, [needs("shop", "mail"), needs("mail", "store"), needs("store", "disk")])
    near, far = await implemented(change, service="store"), await implemented(change, service="disk")
    await heard(change, *await told(change), *incident(service="shop").told)
    (found,) = await suspects(manager, near)
    assert (found["via"], found["reasons"][0]["value"]) == ("service store", 2)
    assert await suspects(manager, far) == []


async def test_a_change_after_the_incident_or_on_something_else_is_not(
    change: Running, manager: Caller
) -> None:
    made, other = await implemented(change), await implemented(change, service="print")
    await heard(change, *await told(change), *incident(minutes=-10).told)
    assert await suspects(manager, made) == await suspects(manager, other) == []


async def test_an_items_change_is_found_through_the_item(change: Running, manager: Caller) -> None:
    made = await implemented(change, service=None, configuration_items=["db-1"])
    await heard(change, *await told(change), *incident(service=None, configuration_items=["db-1"]).told)
    assert [found["via"] for found in await suspects(manager, made)] == ["configuration_item db-1"]


async def test_another_tenants_incident_is_never_matched(change: Running, manager: Caller) -> None:
    made = await implemented(change)
    await heard(change, *await told(change), *incident(tenant="other").told)
    assert await suspects(manager, made) == []


async def test_an_incident_that_names_its_cause_confirms_it(change: Running, manager: Caller) -> None:
    made = await implemented(change, service="print")
    trouble = incident().then(5, caused_by_change=made["number"])
    await heard(change, *trouble.told, *await told(change))
    (found,) = await suspects(manager, made)
    assert (found["state"], found["judged_through"], found["score"]) == ("confirmed", "link", None)
    await heard(change, trouble.then(6, caused_by_change=None).told[-1])
    assert await suspects(manager, made) == []


async def test_a_persons_verdict_is_kept_and_said(change: Running, manager: Caller) -> None:
    made = await implemented(change)
    trouble = incident()
    await heard(change, *trouble.told, *await told(change))
    path = f"/v1/changes/{made['number']}/caused-incidents/{trouble.state['number']}"
    answer = await manager.call("POST", path, {"verdict": "rejected", "note": "The disk was full"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["note"]) == ("rejected", "The disk was full")
    await heard(change, trouble.then(9, title="Still no mail").told[-1])
    (found,) = await suspects(manager, made)
    assert found["state"] == "rejected"
    said = [row["envelope"] for row in await change.db.fetch(LINKED)]
    assert len(said) == 2
    assert "The disk was full" not in "".join(said)


async def test_a_person_may_confirm_what_the_machine_never_suspected(
    change: Running, manager: Caller
) -> None:
    made = await implemented(change, service="print")
    trouble = incident()
    await heard(change, *trouble.told, *await told(change))
    path = f"/v1/changes/{made['id']}/caused-incidents/{trouble.subject}"
    assert (await manager.call("POST", path, {"verdict": "confirmed"})).json()["state"] == "confirmed"
    assert (await suspects(manager, made))[0]["judged_through"] == "person"


async def test_unknown_incidents_and_changes_that_never_happened_are_refused(
    change: Running, manager: Caller
) -> None:
    made = await implemented(change)
    path = f"/v1/changes/{made['id']}/caused-incidents"
    assert (await manager.call("POST", f"{path}/INC-999999", {"verdict": "confirmed"})).status_code == 404
    trouble = incident()
    await heard(change, *trouble.told)
    new = await manager.creates("/v1/changes", title="Later", change_type="normal", service="mail")
    answer = await manager.call(
        "POST", f"/v1/changes/{new['id']}/caused-incidents/{trouble.subject}", {"verdict": "confirmed"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "not_implemented")
    requester = change.caller("requester", "rita")
    assert (await requester.call("POST", f"{path}/x", {"verdict": "confirmed"})).status_code == 403
