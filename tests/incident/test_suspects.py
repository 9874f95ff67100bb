"""What the change service says of an incident's cause is shown with the incident."""

import json
from typing import Any
from uuid import UUID

import pytest
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_incident.projections.suspects import keep
from support.tree import ROOT

from .conftest import Person

EXAMPLES = ROOT / "shared" / "events" / "examples"


def said(incident: Any, verb: str, sequence: int, **data: Any) -> Received:
    """The golden message of this verb, about this incident."""
    message = json.loads((EXAMPLES / f"itsm.suspect.{verb}.v1.json").read_text())
    message |= {"id": str(new_id()), "sequence": sequence}
    message["data"] |= {"incident": incident["id"], **data}
    return decode(json.dumps(message).encode(), sequence)


async def hear(db: Database, *events: Received) -> None:
    async with db.transaction() as conn:
        await keep(conn, events)


@pytest.fixture
async def incident(agent: Person) -> Any:
    return await agent.opens()


async def test_a_suspect_is_shown_with_its_score_and_reasons(
    agent: Person, db: Database, incident: Any
) -> None:
    await hear(db, said(incident, "raised", 1))
    (found,) = (await agent.get(f"/v1/incidents/{incident['number']}/suspects"))["items"]
    assert (found["change_number"], found["state"], found["score"]) == ("CHG-000123", "suspected", 0.863)
    assert UUID(found["id"])
    assert len(found["reasons"]) == 3


async def test_the_latest_word_counts_in_whatever_order_it_comes(
    agent: Person, db: Database, incident: Any
) -> None:
    await hear(db, said(incident, "rejected", 2), said(incident, "raised", 1), said(incident, "raised", 1))
    (found,) = (await agent.get(f"/v1/incidents/{incident['id']}/suspects"))["items"]
    assert found["state"] == "rejected"
    await hear(db, said(incident, "withdrawn", 3))
    assert (await agent.get(f"/v1/incidents/{incident['id']}/suspects"))["items"] == []


async def test_what_another_tenants_changes_say_is_not_shown(
    agent: Person, db: Database, incident: Any
) -> None:
    foreign = said(incident, "raised", 1)
    message = json.loads(foreign.body) | {"tenant": "globex"}
    await hear(db, decode(json.dumps(message).encode(), 1))
    assert (await agent.get(f"/v1/incidents/{incident['id']}/suspects"))["items"] == []
