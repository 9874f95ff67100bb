"""Writes of the portfolio."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import created
from itsm_events.catalog import ServiceProposed

from itsm_catalog.rules.portfolio import PortfolioService
from itsm_catalog.tables import service


async def propose(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Enter a service into the pipeline, owned by the caller unless they name another.

    Raises Refused where its key is taken.
    """
    owner = given.get("owner") or ctx.actor

    async def decide() -> Decision:
        record = PortfolioService(id=new_id(), **{**given, "owner": owner, "proposed_at": ctx.now})
        said = ServiceProposed(**asdict(record))
        return created(ctx, service, record, said, source="catalog", place="/v1/services")

    return await perform(db, ctx, decide)
