"""What somebody sees of requests who does not work for the desk, and what waits for their vote."""

from typing import Any

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.store import records
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import ACTOR, Card
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Table,
    Text,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    true,
    union,
    union_all,
)

from itsm_catalog.tables.people import membership, person
from itsm_catalog.tables.requests import approval, fulfilment_task, service_order, service_request

TENANT = bindparam("tenant", type_=Text)


def voices() -> ColumnElement[Any]:
    """The keys in whose place the caller votes now: the own, and those whose delegate they are."""
    absent = person.alias()
    stood_for = select(absent.c.key).where(
        absent.c.tenant == TENANT,
        absent.c.delegate == ACTOR,
        absent.c.active,
        func.coalesce(absent.c.delegate_from <= func.now(), true()),
        func.coalesce(absent.c.delegate_until > func.now(), true()),
    )
    named = union_all(stood_for, select(cast(ACTOR, Text)))
    return func.array(named.scalar_subquery(), type_=ARRAY(Text))


def awaits(_: Table) -> ColumnElement[bool]:
    """Approvals in which the caller can vote now."""
    return (approval.c.status == "pending") & approval.c.waiting.op("&&")(voices())


def own() -> CompoundSelect[Any]:
    """The ids of the requests that they ordered, that are for them, or that they are to approve."""
    mine = service_request.alias()
    asked = approval.alias()
    ordered = select(mine.c.id).where(mine.c.tenant == TENANT, mine.c.requester == ACTOR)
    meant = select(mine.c.id).where(mine.c.tenant == TENANT, mine.c.requested_for == ACTOR)
    judged = select(asked.c.record).where(asked.c.tenant == TENANT, asked.c.voters.op("&&")(voices()))
    return union(ordered, meant, judged)


def visible(_: Table) -> ColumnElement[bool]:
    """The same of one request."""
    asked = approval.alias()
    judged = exists(
        select(asked.c.id).where(
            asked.c.record == service_request.c.id,
            asked.c.tenant == service_request.c.tenant,
            asked.c.voters.op("&&")(voices()),
        )
    )
    return or_(service_request.c.requester == ACTOR, service_request.c.requested_for == ACTOR, judged)


def approvals_of_own(_: Table) -> ColumnElement[bool]:
    """The approvals of these requests."""
    return approval.c.record.in_(own())


def ordered(_: Table) -> ColumnElement[bool]:
    """The orders that they made, and those that hold a request which they see."""
    mine = service_request.alias()
    holding = select(mine.c.order).where(mine.c.tenant == TENANT, mine.c.id.in_(own()))
    return or_(service_order.c.requester == ACTOR, service_order.c.number.in_(holding))


def to_be_done(_: Table) -> ColumnElement[bool]:
    """Tasks of the caller, and of the groups that they are in."""
    groups = select(membership.c.group_key).where(membership.c.tenant == TENANT, membership.c.person == ACTOR)
    return or_(fulfilment_task.c.assignee == ACTOR, fulfilment_task.c.assignment_group.in_(groups))


async def find_request(db: Database, ctx: Context, reference: str) -> Card:
    """The request behind an id or a number (REQ-000123), if the caller may see it; else Missing."""
    scope = None if is_staff(ctx.roles) else visible
    return await records.find(db, ctx, service_request, reference.upper(), name="number", scope=scope)


async def find_order(db: Database, ctx: Context, reference: str) -> Card:
    """The order behind an id or a number (ORD-000123), likewise."""
    scope = None if is_staff(ctx.roles) else ordered
    return await records.find(db, ctx, service_order, reference.upper(), name="number", scope=scope)


async def find_approval(db: Database, ctx: Context, identity: str) -> Card:
    """The approval behind an id, likewise."""
    scope = None if is_staff(ctx.roles) else approvals_of_own
    return await records.find(db, ctx, approval, identity, name="id", scope=scope)


async def find_task(db: Database, ctx: Context, identity: str) -> Card:
    """The task behind an id; tasks are the desk's."""
    return await records.find(db, ctx, fulfilment_task, identity, name="id")
