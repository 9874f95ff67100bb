"""Surveys, and who may open one by its link."""

from typing import Any, Final
from uuid import UUID

from itsm_chassis.auth.links import Links
from itsm_chassis.auth.principal import Principal
from itsm_chassis.errors import Missing
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, load
from sqlalchemy import Table

from itsm_metrics.tables import survey

THERE: Final = "SELECT true FROM survey WHERE id = $1 AND tenant = $2"


async def one(db: Database, ctx: Context, identity: UUID, table: Table = survey) -> Card:
    """The survey, or record of another table, of this id; raises Missing."""
    found = await load(db, table, ctx.tenant, identity)
    if found is None:
        raise Missing(table.name)
    return found


def links(settings: Any, db: Database) -> Links:
    """What makes and checks the tokens of links to surveys.

    Whoever holds one is nobody by name, so each survey's link is a caller of its own: the Idempotency-Keys of
    two people never meet.
    """

    async def find(tenant: str, asked: UUID) -> Principal | None:
        if not await db.fetchval(THERE, asked, tenant):
            return None
        return Principal(f"survey-link:{asked}", tenant, frozenset({"requester"}))

    return Links(settings.link_key, find, lambda: Missing("survey"))
