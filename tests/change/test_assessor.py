"""The assessor beside relay and consumers, as workers run it: within moments, and once for any replicas."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from itsm_change.consumers import subscriptions
from itsm_change.projections.assessor import Assessor
from itsm_chassis.bus.relay import Relay
from support.broker import channel, consuming, listen, put, running
from support.changes import NEW, WINDOW, accepted, moved
from support.eventually import until
from support.schedule import edge, nobody_asked
from support.services import Running


@asynccontextmanager
async def worker(change: Running, amqp_url: str, *, replicas: int) -> AsyncIterator[None]:
    """Relay, consumers and assessors while the block lasts; the second assessor finds its work by looking."""
    assessors = [Assessor() for _ in range(replicas)]
    relay = Relay(change.db, amqp_url, change.service.name)
    assessing = (partial(each.run, change.db) for each in assessors)
    heard = subscriptions(assessors[0])
    async with running(relay.run, *assessing), consuming(change.db, amqp_url, heard, replicas):
        yield


async def test_conflicts_and_risk_follow_within_moments_and_are_said_once(
    change: Running, amqp_url: str
) -> None:
    await nobody_asked(change)
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")

    async def flagged() -> int:
        listed = await agent.get("/v1/changes?has_conflicts=true&count=exact")
        count: int = listed["count"]
        return count

    async def counted(expected: int) -> None:
        async def reached() -> bool:
            return await flagged() == expected

        await until(reached)

    async with channel(amqp_url) as on, worker(change, amqp_url, replicas=2):
        await listen(on)
        fields = NEW | WINDOW | {"change_type": "emergency"}
        booked = await agent.creates("/v1/changes", **fields, service="s-mail")
        await moved(agent, booked, "authorize")
        await moved(agent, booked, "scheduled")
        late = await agent.creates("/v1/changes", **fields, configuration_items=["disk"])
        needs = edge("s-mail", "disk")
        await put(on, needs.body.encode(), needs.envelope.type)
        await counted(1)
        await moved(agent, late, "authorize")
        await accepted(manager, late)
        await moved(agent, late, "scheduled")
        await counted(2)
        await moved(agent, booked, "cancelled")
        await counted(0)
    story = (await agent.get(f"/v1/changes/{late['id']}/timeline"))["items"]
    told = [each["type"].split(".")[2] for each in story if "change_conflict" in each["type"]]
    assert told == ["found", "accepted", "cleared"]
    assert (await agent.get(f"/v1/changes/{late['id']}"))["risk_band"] is not None
