"""Closing by itself, over real rows."""

from datetime import timedelta

from itsm_chassis import clock
from itsm_chassis.store.database import Database
from itsm_incident.commands.close import close_due

from .conftest import Person


async def test_what_was_resolved_long_enough_ago_is_closed_once(agent: Person, db: Database) -> None:
    resolved = await agent.resolves(await agent.opens())
    await agent.opens()
    later = clock.now() + timedelta(days=5, minutes=1)
    assert await close_due(db, 5, later - timedelta(days=1)) == 0
    assert await close_due(db, 0, later) == 0
    assert await close_due(db, 5, later) == 1
    assert await close_due(db, 5, later) == 0
    closed = await agent.get(f"/v1/incidents/{resolved['id']}")
    assert (closed["status"], closed["version"]) == ("closed", 3)
    items = (await agent.get(f"/v1/incidents/{resolved['id']}/timeline"))["items"]
    assert (items[-1]["type"], items[-1]["actor"]) == ("itsm.incident.closed.v1", "system:auto-close")
    assert items[-1]["imported"] is False
