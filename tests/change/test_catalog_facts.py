"""What the catalog tells: the last sequence of a key counts; what is not known is flagged, never refused."""

from itsm_change.consumers import subscriptions
from itsm_change.projections.assessor import Assessor
from itsm_events import Envelope, opaque
from itsm_events.approval import ApprovalAccepted
from itsm_events.change import ChangeAuthorized
from itsm_events.dependency import DependencyAdded, DependencyRemoved, Node
from support.broker import channel, consuming, heard, listen, put
from support.changes import (
    NEW,
    WINDOW,
    advanced,
    board,
    group,
    hear,
    known_item,
    known_service,
    moved,
    person,
    told,
    voted,
    who,
)
from support.eventually import until
from support.services import Running


async def test_what_is_not_known_is_flagged_until_the_catalog_has_told_of_it(change: Running) -> None:
    agent = change.caller("agent")
    named = {"service": "mail", "affected_services": ["web"], "configuration_items": ["mx-1", "mx-2"]}
    answer = await agent.call("POST", "/v1/changes", NEW | named | {"assignment_group": "ops"})
    made = answer.json()
    flags = [(each["kind"], each["key"]) for each in made["unknown"]]
    assert flags == [
        ("service", "mail"),
        ("service", "web"),
        ("configuration_item", "mx-1"),
        ("configuration_item", "mx-2"),
        ("group", "ops"),
    ]
    path = f"/v1/changes/{made['id']}"
    assert (await agent.call("GET", path)).text == answer.text
    await hear(change, known_service("mail"), known_item("mx-2"), group("ops", "bo"))
    await hear(change, group("ops", "bo", tenant="other"), known_service("web", tenant="other"))
    read = await agent.get(path)
    assert [each["key"] for each in read["unknown"]] == ["web", "mx-1"]
    assert read["version"] == made["version"]
    assert [item["unknown"] for item in (await agent.get("/v1/changes"))["items"]] == [read["unknown"]]
    edited = await agent.call("PATCH", path, {"title": "Another"}, If_Match='"1"')
    assert [each["key"] for each in edited.json()["unknown"]] == ["web", "mx-1"]


async def test_the_highest_sequence_counts_in_whatever_order_events_come(change: Running) -> None:
    facts = [
        known_service("mail", 1, criticality="low"),
        known_service("mail", 3, criticality="critical"),
        known_service("mail", 2, criticality="medium"),
        known_item("mx-1", 2, status="retired"),
        known_item("mx-1", 1),
        group("cab", "anna", sequence=1),
        group("cab", "bo", "cora", sequence=3),
        group("cab", "dan", sequence=2),
        person("anna", 2, delegate="bo"),
        person("anna", 1, delegate="cora"),
    ]
    for order in (facts, facts[::-1], facts + facts):
        await hear(change, *order)
        fetch = change.db.fetchval
        assert await fetch("SELECT criticality FROM service WHERE key = 'mail'") == "critical"
        assert await fetch("SELECT status FROM configuration_item WHERE key = 'mx-1'") == "retired"
        assert await fetch("SELECT members FROM people_group") == [who("bo"), who("cora")]
        assert await fetch("SELECT delegate FROM person WHERE key = $1", who("anna")) == who("bo")


async def test_an_edge_that_was_removed_stays_gone_however_late_its_beginning_is_told(
    change: Running,
) -> None:
    ends = {
        "dependent": Node(kind="service", key="mail"),
        "dependency": Node(kind="configuration_item", key="mx-1"),
    }
    added = told(DependencyAdded(**ends), "edge", 1)
    removed = told(DependencyRemoved(**ends), "edge", 2)
    await hear(change, added)
    assert await change.db.fetchval("SELECT present FROM dependency")
    await hear(change, removed, added)
    assert not await change.db.fetchval("SELECT present FROM dependency")
    assert await change.db.fetchval("SELECT count(*) FROM dependency") == 1


async def test_over_the_broker_a_group_is_heard_votes_and_the_outcome_is_said_without_names(
    change: Running, amqp_url: str
) -> None:
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    steps = [{"group": "cab", "rule": "all"}]
    await manager.creates("/v1/approval-policies", key="all", name="All", steps=steps)
    heard_by = subscriptions(Assessor())
    async with channel(amqp_url) as on, consuming(change.db, amqp_url, heard_by):
        await listen(on)
        queue = await listen(on, "itsm.*.accepted.v1")
        outcome = await listen(on, "itsm.change.authorized.v1")
        event = group("cab", "cora")
        await put(on, event.body.encode(), event.envelope.type)
        await until(lambda: change.db.fetchval("SELECT count(*) FROM people_group"))
        made = await agent.creates("/v1/changes", **NEW | WINDOW | {"change_type": "emergency"})
        await moved(agent, made, "authorize")
        await voted(change, "cora", made, comment="The key lies under the mat.")
        await change.say_all(amqp_url)
        [message], [after] = await heard(queue, 1), await heard(outcome, 1)
    said = ApprovalAccepted.model_validate(Envelope.model_validate_json(message.body).data)
    assert (said.record, said.record_type, said.voters) == (made["id"], "change", [who("cora")])
    assert (said.votes[0].voter, said.votes[0].cast_by) == (who("cora"), who("cora"))
    state = ChangeAuthorized.model_validate(Envelope.model_validate_json(after.body).data)
    assert (state.approval, state.requester) == ("approved", opaque("acme", "anna"))
    for body in (message.body, after.body):
        assert b"cora" not in body
        assert b"anna" not in body
        assert b"under the mat" not in body


async def test_whoever_is_in_the_group_when_the_step_starts_votes(change: Running) -> None:
    await board(change, "cora")
    made = await advanced(change, "normal", "assess")
    await moved(change.caller("agent"), made, "authorize")
    await hear(change, group("cab", "carl", sequence=2))
    assert (await voted(change, "cora", made))["status"] == "accepted"
