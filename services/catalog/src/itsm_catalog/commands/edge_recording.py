"""From an edge of the graph to what the store writes: the row and the event."""

from typing import Any
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.store.context import Context
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.work import Fact, fact
from itsm_events.dependency import DependencyAdded, DependencyEvent, DependencyRemoved
from pydantic_core import to_json

from itsm_catalog.commands.item_recording import SOURCE
from itsm_catalog.rules.dependencies import Node


def edge_row(ctx: Context, dependent: Node, dependency: Node) -> dict[str, Any]:
    """The columns of a new edge."""
    shown = {"id": new_id(), "version": 1, "dependent": dependent.shown(), "dependency": dependency.shown()}
    card = to_json(shown | {"added_at": text(ctx.now)}).decode()
    values = {"id": shown["id"], "tenant": ctx.tenant, "version": 1, "card": card, "added_at": ctx.now}
    for name, node in (("dependent", dependent), ("dependency", dependency)):
        values |= {f"{name}_id": node.id, f"{name}_kind": node.kind, f"{name}_key": node.key}
    return values


def edge_added(ctx: Context, edge: UUID, ends: tuple[Node, Node], *, imported: bool = False) -> Fact:
    """The event that an edge is there."""
    return edge_fact(ctx, DependencyAdded, edge, 1, ends, imported)


def edge_removed(ctx: Context, edge: UUID, ends: tuple[Node, Node], *, imported: bool = False) -> Fact:
    """The event that it is gone."""
    return edge_fact(ctx, DependencyRemoved, edge, 2, ends, imported)


def edge_fact(
    ctx: Context,
    event: type[DependencyEvent],
    edge: UUID,
    sequence: int,
    ends: tuple[Node, Node],
    imported: bool,
) -> Fact:
    """An event of an edge; it stands in the timeline of the dependent as well."""
    dependent, dependency = ends
    said = event.model_validate({"dependent": dependent.shown(), "dependency": dependency.shown()})
    return fact(ctx, SOURCE, said, subject=edge, sequence=sequence, record=dependent.id, imported=imported)
