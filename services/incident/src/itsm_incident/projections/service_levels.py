"""Our copy of the catalog's policies and calendars: every version, for good."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from itsm_chassis.bus.decoding import Received
from itsm_sla.calendar import Calendar
from itsm_sla.calendar_form import calendar_from
from itsm_sla.form import Malformed
from itsm_sla.policy import Policy
from itsm_sla.policy_form import policy_from

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('itsm.incident.service-levels', 0))"
TOGETHER = "SELECT pg_advisory_xact_lock_shared(hashtextextended('itsm.incident.service-levels', 0))"
"""Clocks are counted together, but never while a version comes in: it marks those counted before."""

KEEP = """
INSERT INTO service_level (tenant, kind, key, version, form) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""
TOUCHED = """
UPDATE clock_set SET recount_at = 'epoch' WHERE tenant = $1 AND known_at >= $2
"""
VERSIONS = "SELECT tenant, kind, form FROM service_level WHERE tenant = ANY($1::text[]) ORDER BY position"

log = structlog.get_logger(__name__)


class Levels(NamedTuple):
    """Every version that a tenant has."""

    policies: tuple[Policy, ...] = ()
    calendars: tuple[Calendar, ...] = ()


async def keep_policy(conn: "Connection[Any]", received: Received) -> None:
    """A policy version was made known."""
    await keep(conn, received, "policy")


async def keep_calendar(conn: "Connection[Any]", received: Received) -> None:
    """A calendar version was made known."""
    await keep(conn, received, "calendar")


async def keep(conn: "Connection[Any]", received: Received, kind: str) -> None:
    """Store the version, and have the clocks counted anew that it may govern: of records stored since.

    Raises Malformed where the engine does not take it: the event is parked, and says why.
    """
    form = received.envelope.data[kind]
    made = calendar_from(form) if kind == "calendar" else policy_from(form)
    tenant = received.envelope.tenant
    await conn.execute(ALONE)
    tag = await conn.execute(KEEP, tenant, kind, made.key, made.version, json.dumps(form))
    if tag == "INSERT 0 1":
        await conn.execute(TOUCHED, tenant, made.issued_at)


async def load(conn: "Connection[Any]", tenants: Sequence[str]) -> dict[str, Levels]:
    """The versions of these tenants."""
    found = {tenant: Levels() for tenant in tenants}
    for row in await conn.fetch(VERSIONS, list(tenants)):
        levels, made = found[row["tenant"]], version_of(row["kind"], row["form"])
        if isinstance(made, Calendar):
            found[row["tenant"]] = levels._replace(calendars=(*levels.calendars, made))
        elif made is not None:
            found[row["tenant"]] = levels._replace(policies=(*levels.policies, made))
    return found


@lru_cache(4096)
def version_of(kind: str, form: str) -> Policy | Calendar | None:
    """The version in a stored form: one and the same object, so that a calendar's hours are worked out once.

    None, said once, where the engine takes it no more: it must not stop the clocks of all others.
    """
    try:
        return calendar_from(json.loads(form)) if kind == "calendar" else policy_from(json.loads(form))
    except Malformed as error:
        log.error("a stored version gives no clocks: the engine does not take it", kind=kind, why=str(error))
        return None
