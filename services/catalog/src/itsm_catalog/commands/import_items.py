"""The first pass of an import: the items of all lines, and the edges that they no longer have."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid, Refused
from itsm_chassis.store.context import Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.work import Fact

from itsm_catalog.commands.edge_recording import edge_removed
from itsm_catalog.commands.item_recording import item_fact, row
from itsm_catalog.rules import configuration_items as rules
from itsm_catalog.rules.configuration_items import ConfigurationItem, ItemType
from itsm_catalog.rules.dependencies import Node, not_ready
from itsm_catalog.rules.item_cells import typed
from itsm_catalog.rules.item_lines import Draft, Line
from itsm_catalog.tables import items_in_bulk as bulk
from itsm_catalog.tables.graph import alone, retired_needs

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

TURN: Final = 32
"""Lines decided before other requests get their turn."""


@dataclass(slots=True)
class Chunk:
    """What a chunk of lines comes to."""

    lines: list[Line] = field(default_factory=list)
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)


class Items:
    """The items of an import; `nodes` are those that it has met, `dropped` the edges that it has removed."""

    def __init__(self, db: Database, ctx: Context, *, dry_run: bool) -> None:
        """Nothing is read yet."""
        self._db, self._ctx, self._dry_run = db, ctx, dry_run
        self._seen: dict[str, int] = {}
        self.nodes: dict[str, Node] = {}
        self.dropped: set[tuple[UUID, UUID]] = set()

    async def store(self, drafts: Sequence[Draft]) -> list[Line]:
        """Store a chunk; a line each."""
        keys = sorted({draft.key for draft in drafts if draft.key is not None and not draft.findings})
        async with self._db.transaction() as conn:
            await conn.execute(bulk.LOCK_TIMEOUT)
            entering = any(draft.given.get("status") in rules.IN_USE for draft in drafts)
            if entering and not self._dry_run:
                await alone(conn, self._ctx.tenant)  # nothing that they need is retired meanwhile
            held = await conn.fetch(bulk.HELD, self._ctx.tenant, keys)
            there = {key: rules.read(card) for key, card in held}
            types = await self._types(conn, drafts, there)
            ids = [item.id for item in there.values()] if entering else []
            needs = await retired_needs(conn, self._ctx.tenant, ids)
            made = await self._decided(drafts, there, types, needs)
            dropped = await self._drop(conn, made)
            if not self._dry_run:
                await bulk.insert_items(conn, made.new)
                await bulk.update_items(conn, made.changed)
                await say(conn, made.facts, timeout_s=bulk.PATIENCE_S)
        self._db.committed.set()
        self._seen |= {
            line.key: line.number for line in made.lines if line.key and line.key not in self._seen
        }
        self.nodes |= made.nodes
        self.dropped |= dropped
        return made.lines

    async def _types(
        self, conn: "Connection[Any]", drafts: Sequence[Draft], there: dict[str, ConfigurationItem]
    ) -> dict[str, ItemType]:
        """The latest version of each type that these lines need."""
        named = {draft.given["ci_type"] for draft in drafts if "ci_type" in draft.given}
        named |= {item.ci_type for item in there.values()}
        rows = await conn.fetch(bulk.TYPES, self._ctx.tenant, sorted(named))
        return {
            key: ItemType(key, version, json.loads(card)["attributes_schema"]) for key, version, card in rows
        }

    async def _decided(
        self,
        drafts: Sequence[Draft],
        there: dict[str, ConfigurationItem],
        types: dict[str, ItemType],
        needs: dict[UUID, list[Node]],
    ) -> Chunk:
        made, seen = Chunk(), dict(self._seen)
        for index, draft in enumerate(drafts):
            if index % TURN == 0:
                await asyncio.sleep(0)
            line = Line(draft.number, draft.key, "invalid", findings=list(draft.findings))
            made.lines.append(line)
            if draft.findings or draft.key is None:
                continue
            if (first := seen.setdefault(draft.key, draft.number)) != draft.number:
                line.findings.append(
                    FieldError("/key", "repeated_key", f"Line {first} has this key already.")
                )
                continue
            try:
                if (before := there.get(draft.key)) is not None:
                    check_ready(draft, before, needs.get(before.id, ()))
                self._decide(draft, line, before, types, made)
            except Invalid as error:
                line.findings += error.errors
            except Refused as error:
                at = "/status" if error.code in ("illegal_transition", "not_ready") else ""
                line.refuse(at, error.code, error.detail)
        return made

    def _decide(
        self,
        draft: Draft,
        line: Line,
        before: ConfigurationItem | None,
        types: dict[str, ItemType],
        made: Chunk,
    ) -> None:
        """Create or change the item of a line; raises Invalid and Refused."""
        given = dict(draft.given)
        kind = types.get(given.get("ci_type", before.ci_type if before else ""))
        if draft.cells and kind is not None and "attributes" in given:
            given["attributes"] = typed(given["attributes"], kind.schema)
        if before is None:
            item = self._new(draft, given, kind)
            line.status, after = "created", item
            made.new.append(row(self._ctx.tenant, item))
        else:
            line.id, line.status = before.id, "unchanged"
            to = given.pop("status", before.status)
            line.retires = to == "retired" and before.status != "retired"
            if not line.retires and to != before.status and (why := rules.refusal(before.status, to)):
                raise Refused("illegal_transition", why)
            revised = rules.revised(before, given, kind, self._ctx.now)
            after = revised or before
            if not line.retires and to != before.status:
                after = replace(after, version=before.version + 1, updated_at=self._ctx.now, status=to)
            item = after
            if after is not before:
                line.status = "updated"
                made.changed.append(row(self._ctx.tenant, after))
        if after is not before:
            made.facts.append(item_fact(self._ctx, after, before, imported=True))
        line.id, line.depends_on = item.id, draft.depends_on
        made.nodes[item.key] = Node(item.id, "configuration_item", item.key, item.status)

    def _new(self, draft: Draft, given: dict[str, Any], kind: ItemType | None) -> ConfigurationItem:
        missing = [name for name in ("name", "ci_type", "environment") if name not in given]
        if missing:
            raise Invalid(
                "missing_field",
                "A new item needs more.",
                tuple(FieldError(f"/{name}", "missing", f"A new item has its {name}.") for name in missing),
            )
        given["attributes"] = rules.merged({}, given.get("attributes") or {})
        return rules.registered(new_id(), given | {"key": draft.key}, kind, self._ctx.now)

    async def _drop(self, conn: "Connection[Any]", made: Chunk) -> set[tuple[UUID, UUID]]:
        """Remove the edges that lines no longer name; they are stated with the items."""
        wanted = {
            line.id: set(line.depends_on) for line in made.lines if line.id and line.depends_on is not None
        }
        rows = await conn.fetch(bulk.OUTGOING, self._ctx.tenant, list(wanted))
        unwanted = {r["id"]: r for r in rows if r["dependency_key"] not in wanted[r["dependent_id"]]}
        if not self._dry_run and unwanted:
            gone = await bulk.removed(conn, self._ctx.tenant, sorted(unwanted))
            unwanted = {edge: unwanted[edge] for edge in gone}
        by_id = {node.id: node for node in made.nodes.values()}
        lines = {line.id: line for line in made.lines}
        for edge, r in unwanted.items():
            other = Node(r["dependency_id"], "configuration_item", r["dependency_key"], "")
            made.facts.append(edge_removed(self._ctx, edge, (by_id[r["dependent_id"]], other), imported=True))
            lines[r["dependent_id"]].stored()
        return {(r["dependent_id"], r["dependency_id"]) for r in unwanted.values()}


def check_ready(draft: Draft, before: ConfigurationItem, retired: Sequence[Node]) -> None:
    """Refused where a line puts an item into use that goes on needing something retired."""
    to = draft.given.get("status", before.status)
    staying = [node for node in retired if draft.depends_on is None or node.key in draft.depends_on]
    if to in rules.IN_USE and before.status not in rules.IN_USE and staying:
        raise not_ready(before.key, to, staying)
