"""The last pass of an import: items whose lines say that they are retired, once nobody relies on them."""

from collections.abc import Sequence
from typing import Any

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.database import Database

from itsm_catalog.commands.import_items import Items
from itsm_catalog.commands.item_recording import item_fact, row
from itsm_catalog.rules import configuration_items as rules
from itsm_catalog.rules.dependencies import Node, relied_on, still_needed
from itsm_catalog.rules.item_lines import Line
from itsm_catalog.tables import items_in_bulk as bulk
from itsm_catalog.tables.graph import alone, needed_by


async def retire(db: Database, ctx: Context, lines: Sequence[Line], items: Items, *, dry_run: bool) -> None:
    """Retire the items of these lines together; one that others rely on stays, and its line says who."""
    rows: list[dict[str, Any]] = []
    facts = []
    refused: list[tuple[Line, Refused]] = []
    async with db.transaction() as conn:
        await conn.execute(bulk.LOCK_TIMEOUT)
        if not dry_run:
            await alone(conn, ctx.tenant)
        held = await conn.fetch(bulk.HELD, ctx.tenant, sorted(line.key for line in lines if line.key))
        there = {key: rules.read(card) for key, card in held}
        found = await needed_by(conn, ctx.tenant, [item.id for item in there.values()])
        dependents: dict[Any, list[Node]] = {
            item: [node for node in needing if not dry_run or (node.id, item) not in items.dropped]
            for item, needing in found.items()
        }
        relying = relied_on({item.id for item in there.values()}, dependents)
        for line in lines:
            before = there[line.key or ""]
            try:
                if before.id in relying:
                    raise still_needed(before.key, relying[before.id])
                after = rules.moved(before, "retired", ctx.now)
            except Refused as error:
                refused.append((line, error))
            else:
                rows.append(row(ctx.tenant, after))
                facts.append(item_fact(ctx, after, before, imported=True))
        if not dry_run:
            await bulk.update_items(conn, rows)
            await say(conn, facts, timeout_s=bulk.PATIENCE_S)
    db.committed.set()
    for line in lines:
        line.stored()
    for line, why in refused:
        line.refuse("/status", why.code, why.detail)
