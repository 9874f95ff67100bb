"""What tests of the change schedule share: the assessor caught up, windows, and edges of the map."""

from typing import Any, Final

from itsm_change.consumers import OWN
from itsm_change.projections import marking
from itsm_change.projections.settling import settle
from itsm_chassis import clock
from itsm_chassis.bus.decoding import Received, decode
from itsm_events.dependency import DependencyAdded, DependencyRemoved
from support.changes import told
from support.services import Caller, Running

PREFIXES: Final = tuple(name.removesuffix("#") for name in OWN)
SAID: Final = """
WITH said AS (DELETE FROM outbox RETURNING position, event_id)
SELECT envelope FROM said JOIN event ON event.id = said.event_id ORDER BY said.position
"""


async def catch_up(change: Running) -> None:
    """What was said is followed, and what that has marked is settled, as the worker does over the bus."""
    async with change.db.transaction() as conn:
        events = [decode(row["envelope"].encode(), None) for row in await conn.fetch(SAID)]
        own = [each for each in events if each.envelope.type.startswith(PREFIXES)]
        if own:
            await marking.follow(conn, own)
    while await settle(change.db, clock.now):
        pass


def node(name: str) -> dict[str, str]:
    """A service where the name begins with s-, else an item."""
    return {"kind": "service" if name.startswith("s-") else "configuration_item", "key": name}


def edge(dependent: str, dependency: str, sequence: int = 1) -> Received:
    """An edge of the map that is there, by odd sequences, or gone, by even ones."""
    event = DependencyAdded if sequence % 2 else DependencyRemoved
    said = event.model_validate({"dependent": node(dependent), "dependency": node(dependency)})
    return told(said, f"{dependent} {dependency}", sequence)


async def conflicts(who: Caller, change: Any) -> list[tuple[str, str]]:
    """Kind and other record of each conflict of a change."""
    found = (await who.get(f"/v1/changes/{change['number']}/conflicts"))["items"]
    return [(each["kind"], each["other"]["reference"]) for each in found]


async def nobody_asked(change: Running) -> None:
    """A policy that asks nobody."""
    manager = change.caller("change_manager", "mona")
    await manager.creates("/v1/approval-policies", key="none", name="None", steps=[])
