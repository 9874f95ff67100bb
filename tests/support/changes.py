"""What tests of the change service share: the catalog's facts, policies, and a change moved along."""

from typing import Any, Final
from uuid import uuid5

from itsm_change.consumers import keep
from itsm_change.rules.change import Change
from itsm_chassis import clock
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.ids import new_id
from itsm_events import Envelope, Event, opaque
from itsm_events.catalog import ServiceUpdated
from itsm_events.configuration_item import ConfigurationItemRegistered
from itsm_events.group import GroupRegistered
from itsm_events.person import PersonUpdated
from itsm_events.privacy import PEOPLE
from support.services import Caller, Running

WINDOW: Final = {"planned_start": "2030-01-05T20:00:00Z", "planned_end": "2030-01-05T22:00:00Z"}
NEW: Final[dict[str, Any]] = {"title": "Second disk for the mail store", "change_type": "normal"}


def told(said: Event, subject: str, sequence: int = 1, tenant: str = "acme") -> Received:
    """An event of the catalog as it comes off the bus; its subject is made of a name."""
    envelope = Envelope(
        id=new_id(),
        source="/itsm/catalog",
        type=said.type,
        subject=uuid5(PEOPLE, f"{said.type.split('.')[1]} {tenant} {subject}"),
        sequence=sequence,
        time=clock.now(),
        recordedtime=clock.now(),
        tenant=tenant,
        actor="someone",
        data=said.public(tenant),
    )
    return decode(envelope.text().encode(), sequence)


async def hear(change: Running, *events: Received) -> None:
    """Let the service hear them."""
    async with change.db.transaction() as conn:
        await keep(conn, events)


def group(key: str, *members: str, active: bool = True, sequence: int = 1, tenant: str = "acme") -> Received:
    """A group and its members."""
    said = GroupRegistered(key=key, name=key, members=list(members), active=active)
    return told(said, key, sequence, tenant)


def person(name: str, sequence: int = 1, **facts: Any) -> Received:
    """Somebody, and who stands in for them perhaps."""
    return told(PersonUpdated.model_validate({"person": name, "active": True} | facts), name, sequence)


def known_service(key: str, sequence: int = 1, tenant: str = "acme", **facts: Any) -> Received:
    """A service of the catalogue."""
    shown = {"key": key, "name": key, "status": "live", "proposed_at": "2026-01-01T00:00:00Z"}
    return told(ServiceUpdated.model_validate(shown | facts), key, sequence, tenant)


def known_item(key: str, sequence: int = 1, **facts: Any) -> Received:
    """A configuration item."""
    shown = {"key": key, "name": key, "ci_type": "server", "ci_type_version": 1, "status": "in_use"}
    shown |= {"environment": "production"}
    return told(ConfigurationItemRegistered.model_validate(shown | facts), key, sequence)


def who(name: str, tenant: str = "acme") -> str:
    """The opaque id of somebody."""
    return opaque(tenant, name)


async def board(change: Running, *members: str, **policy: Any) -> None:
    """A group `cab` with these members, and a policy that asks it about everything."""
    await hear(change, group("cab", *(members or ("cora", "carl", "cleo"))))
    steps = [{"group": "cab", "rule": "any"}]
    manager = change.caller("change_manager", "mona")
    await manager.creates("/v1/approval-policies", **({"key": "all", "name": "All", "steps": steps} | policy))


async def moved(who: Caller, change: Any, to: str, **fields: Any) -> Any:
    """The change after a transition that must succeed."""
    path = f"/v1/changes/{change['id']}/transitions"
    answer = await who.call("POST", path, {"to": to} | fields, If_Match="*")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def step_of(who: Caller, change: Any, status: str = "pending") -> Any:
    """The one step of a change that has this status."""
    [found] = (await who.get(f"/v1/approvals?change_id={change['id']}&status={status}"))["items"]
    return found


async def voted(change: Running, name: str, made: Any, decision: str = "accept", **fields: Any) -> Any:
    """The step after somebody's vote, which must succeed."""
    voter = change.caller("requester", name)
    step = await step_of(change.caller("agent"), made)
    answer = await voter.call("POST", f"/v1/approvals/{step['id']}/votes", {"decision": decision} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def accepted(manager: Caller, made: Any) -> None:
    """Accept whatever else happens in its time."""
    path = f"/v1/changes/{made['id']}/conflicts"
    for each in (await manager.get(path))["items"]:
        answer = await manager.call("POST", f"{path}/{each['id']}/accept", {"reason": "Both are small."})
        assert answer.status_code == 200, answer.text


async def advanced(change: Running, kind: str, status: str, **given: Any) -> Any:
    """A change of this type that has come to this state, on a desk that `board` has prepared."""
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")
    fields: dict[str, Any] = NEW | WINDOW | {"change_type": kind, "service": "mail"} | given
    if kind == "standard":
        template = {"key": "disk", "name": "Disk", "title": "Disk", "preapproved": True}
        await manager.call("POST", "/v1/change-templates", template)
        fields["template"] = "disk"
    made = await agent.creates("/v1/changes", **fields)
    route = {
        "standard": ("scheduled", "implement", "review", "closed"),
        "normal": ("assess", "authorize", "scheduled", "implement", "review", "closed"),
        "emergency": ("authorize", "scheduled", "implement", "review", "closed"),
    }[kind]
    if status == "cancelled":
        return await moved(agent, made, "cancelled")
    for to in () if status == "new" else route:
        if to == "scheduled":
            await accepted(manager, made)
        ends = {"close_code": "successful", "review_note": "Went well."} if to == "closed" else {}
        made = await moved(agent, made, to, **ends)
        if to == "authorize" and status != "authorize":
            await voted(change, "cora", made)
        if to == status:
            break
    return await agent.get(f"/v1/changes/{made['id']}")


def state(**fields: Any) -> Change:
    """A change as the rules see it."""
    now = clock.now()
    known: dict[str, Any] = {"id": "i", "number": "CHG-000001", "title": "Disk", "change_type": "normal"}
    known |= {"requested_at": now, "created_at": now, "updated_at": now}
    return Change(**known | fields)
