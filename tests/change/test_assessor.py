"""The assessor beside relay and consumers, as workers run it: within moments, and once for any replicas."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from itsm_change.consumers import subscriptions
from itsm_change.projections.assessor import Assessor
from itsm_chassis.bus.consumer import Consumer
from itsm_chassis.bus.relay import Relay
from support.broker import channel, listen, put
from support.changes import NEW, WINDOW, accepted, moved
from support.eventually import until
from support.schedule import edge, nobody_asked
from support.services import Running


@asynccontextmanager
async def worker(change: Running, amqp_url: str, *, replicas: int) -> AsyncIterator[list[Consumer]]:
    """Relay, consumers and assessors for as long as the block lasts."""
    runs = [Relay(change.db, amqp_url, change.service.name).run()]
    consumers = []
    for _ in range(replicas):
        assessor = Assessor()
        runs.append(assessor.run(change.db))
        for subscription in subscriptions(assessor):
            consumers.append(Consumer(change.db, amqp_url, subscription))
            runs.append(consumers[-1].run())
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        yield consumers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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

    async with channel(amqp_url) as on, worker(change, amqp_url, replicas=2) as consumers:
        await listen(on)

        async def connected() -> bool:
            return sum(each.connected for each in consumers) == len(consumers)

        await until(connected)
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
