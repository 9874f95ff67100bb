"""Registering configuration items, editing them, and moving them through their states."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from itsm_chassis.errors import Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Connection, Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, Guard, perform
from itsm_chassis.store.records import find, load
from itsm_chassis.store.work import Work

from itsm_catalog.commands.item_recording import changed, item_fact, row
from itsm_catalog.rules import configuration_items as rules
from itsm_catalog.rules.configuration_items import ConfigurationItem, ItemType, Status
from itsm_catalog.rules.dependencies import not_ready, still_needed
from itsm_catalog.tables import configuration_item, configuration_item_type
from itsm_catalog.tables.graph import alone, needed_by, retired_needs


async def register(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Make an item known; Invalid where its type does not describe it, Refused where its key is taken."""

    async def decide() -> Decision:
        kind = await latest(db, ctx, given["ci_type"])
        item = rules.registered(new_id(), given, kind, ctx.now)
        values = row(ctx.tenant, item)
        work = Work("insert", [item_fact(ctx, item, None)], configuration_item, item.id, ctx.tenant, values)
        return [work], Answer(201, values["card"], item.version, f"/v1/configuration-items/{item.id}")

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields of an item (a merge patch, also inside its attributes)."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        needs_type = "attributes" in given or "ci_type" in given
        kind = await latest(db, ctx, given.get("ci_type", before.ci_type)) if needs_type else None
        item = rules.revised(before, given, kind, ctx.now)
        if item is None:
            return [], Answer(200, row(ctx.tenant, before)["card"], before.version)
        return changed(ctx, item, before)

    return await perform(db, ctx, decide)


async def transition(db: Database, ctx: Context, reference: str, to: Status) -> Answer:
    """Move an item to another state.

    Refused, and named, is what others rely on when it is to be retired, and what is retired when somebody
    is to rely on it.
    """
    found = json.loads((await find(db, ctx, configuration_item, reference, name="key")).text)
    identity = UUID(found["id"])

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        return changed(ctx, rules.moved(before, to, ctx.now), before)

    async def unneeded(conn: "Connection[Any]") -> None:
        await alone(conn, ctx.tenant)
        dependents = (await needed_by(conn, ctx.tenant, [identity])).get(identity, [])
        if relying := [node for node in dependents if node.needed]:
            raise still_needed(found["key"], relying)

    async def ready(conn: "Connection[Any]") -> None:
        await alone(conn, ctx.tenant)
        if retired := (await retired_needs(conn, ctx.tenant, [identity])).get(identity):
            raise not_ready(found["key"], to, retired)

    guards: dict[Status, Guard] = {"retired": unneeded, "in_use": ready}
    return await perform(db, ctx, decide, guard=guards.get(to))


async def current(db: Database, ctx: Context, reference: str) -> ConfigurationItem:
    """The item as it is now; raises Missing, and Stale where it has moved on."""
    card = await find(db, ctx, configuration_item, reference, name="key")
    if ctx.expected not in (None, card.version):
        raise Stale(card.version)
    return rules.read(card.text)


async def latest(db: Database, ctx: Context, key: str) -> ItemType | None:
    """A type in its latest version, or None where there is none of this key."""
    card = await load(db, configuration_item_type, ctx.tenant, key, "key")
    return ItemType(key, card.version, json.loads(card.text)["attributes_schema"]) if card else None
