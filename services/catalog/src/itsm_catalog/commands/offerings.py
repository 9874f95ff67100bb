"""Publishing and retiring offerings."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, Overtaken, perform
from itsm_chassis.store.records import load
from itsm_events.offering import OfferingEvent, OfferingPublished, OfferingRetired
from itsm_sla.instant import rfc3339

from itsm_catalog.commands.issuing import Latest, current, issued, predecessor
from itsm_catalog.rules.offerings import Offering, check_offering
from itsm_catalog.rules.service_levels import invalid
from itsm_catalog.tables import calendar, offering, row_locks, service

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection


async def publish(db: Database, ctx: Context, given: Mapping[str, Any], *, succeeds: bool) -> Answer:
    """Issue the first or, where it succeeds one that the caller has read, the next version of an offering.

    Raises Invalid, Refused and Stale.
    """
    status: str | None

    async def decide() -> Decision:
        nonlocal status
        before = await predecessor(db, ctx, offering, given["key"], succeeds=succeeds)
        version = Offering(**given, version=following(before), issued_at=ctx.now)
        of = await load(db, service, ctx.tenant, version.service, "key")
        counted = version.calendar and await load(db, calendar, ctx.tenant, version.calendar, "key")
        status = json.loads(of.text)["status"] if of else None
        shown = before.shown if before else {}
        goes_on = shown.get("service") == version.service and not shown["retired"]
        found = check_offering(
            version, service_status=status, calendar_known=counted is not None, goes_on=goes_on
        )
        if found:
            raise invalid(found)
        return said(ctx, OfferingPublished, before, version)

    async def unchanged(conn: "Connection[Any]") -> None:
        """The service is not retired while something new is offered of it."""
        if (await row_locks.services(conn, ctx.tenant, [given["service"]])).get(given["service"]) != status:
            raise Overtaken

    return await perform(db, ctx, decide, guard=unchanged)


async def retire(db: Database, ctx: Context, reference: str) -> Answer:
    """Issue a version that cannot be ordered. Raises Missing, Stale, and Refused where it is retired.

    It is dated after the last order: one that came in later may have been stored before.
    """
    at, key = ctx.now, ""

    async def decide() -> Decision:
        nonlocal key
        before = await current(db, ctx, offering, reference)
        shown = {name: value for name, value in before.shown.items() if name not in ("id", "versions")}
        last = Offering(**shown | {"issued_at": datetime.fromisoformat(shown["issued_at"])})
        if last.retired:
            raise Refused("already_retired", f"The offering is retired since {rfc3339(last.issued_at)}.")
        key, version = last.key, replace(last, version=following(before), issued_at=at, retired=True)
        return said(replace(ctx, now=at), OfferingRetired, before, version, status=200)

    async def ordered_no_more(conn: "Connection[Any]") -> None:
        nonlocal at
        if (later := await row_locks.last_order(conn, ctx.tenant, key, at)) is not None:
            at = later
            raise Overtaken

    return await perform(db, ctx, decide, guard=ordered_no_more)


def following(before: Latest | None) -> int:
    """The number of the version to issue."""
    return before.version + 1 if before else 1


def said(
    ctx: Context, event: type[OfferingEvent], before: Latest | None, version: Offering, *, status: int = 201
) -> Decision:
    """The decision to issue this version and to state that."""
    form = asdict(version) | {"issued_at": rfc3339(version.issued_at)}
    stated = event.model_validate(form)
    return issued(ctx, offering, before, version, form, stated, place="/v1/offerings", status=status)
