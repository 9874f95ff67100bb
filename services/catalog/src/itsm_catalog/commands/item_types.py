"""Publishing types of configuration items."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_events.configuration_item import ConfigurationItemTypePublished
from itsm_sla.instant import rfc3339

from itsm_catalog.commands.issuing import issued, predecessor
from itsm_catalog.rules.json_schema import unsound
from itsm_catalog.rules.service_levels import invalid
from itsm_catalog.tables import configuration_item_type


@dataclass(frozen=True, slots=True)
class TypeVersion:
    """What of a version lists filter and sort by."""

    key: str
    name: str
    version: int
    issued_at: datetime


async def publish(db: Database, ctx: Context, given: Mapping[str, Any], *, succeeds: bool) -> Answer:
    """Issue the first or, where it succeeds one that the caller has read, the next version of a type.

    Raises Invalid where its schema is not taken, Refused and Stale.
    """
    if found := unsound(given["attributes_schema"]):
        raise invalid(replace(each, pointer=f"/attributes_schema{each.pointer}") for each in found)

    async def decide() -> Decision:
        before = await predecessor(db, ctx, configuration_item_type, given["key"], succeeds=succeeds)
        number = before.version + 1 if before else 1
        version = TypeVersion(given["key"], given["name"], number, ctx.now)
        form = {"key": version.key, "version": number, "name": version.name, "issued_at": rfc3339(ctx.now)}
        form["attributes_schema"] = given["attributes_schema"]
        said = ConfigurationItemTypePublished.model_validate(form)
        place = "/v1/configuration-item-types"
        return issued(ctx, configuration_item_type, before, version, form, said, place=place)

    return await perform(db, ctx, decide)
