"""Our copy of the catalog's policies and calendars: every version, for good."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from itsm_chassis.bus.decoding import Received
from itsm_sla.calendar import Calendar
from itsm_sla.calendar_form import calendar_from
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
    """Store the version, and have the clocks counted anew that it may govern: of records stored since."""
    form = received.envelope.data[kind]
    made = calendar_of(json.dumps(form)) if kind == "calendar" else policy_of(json.dumps(form))
    tenant = received.envelope.tenant
    await conn.execute(ALONE)
    tag = await conn.execute(KEEP, tenant, kind, made.key, made.version, json.dumps(form))
    if tag == "INSERT 0 1":
        await conn.execute(TOUCHED, tenant, made.issued_at)


async def load(conn: "Connection[Any]", tenants: Sequence[str]) -> dict[str, Levels]:
    """The versions of these tenants."""
    found = {tenant: Levels() for tenant in tenants}
    for row in await conn.fetch(VERSIONS, list(tenants)):
        levels = found[row["tenant"]]
        if row["kind"] == "calendar":
            found[row["tenant"]] = levels._replace(calendars=(*levels.calendars, calendar_of(row["form"])))
        else:
            found[row["tenant"]] = levels._replace(policies=(*levels.policies, policy_of(row["form"])))
    return found


@lru_cache(4096)
def policy_of(form: str) -> Policy:
    """The policy in a stored form; Malformed where the engine would not take it."""
    return policy_from(json.loads(form))


@lru_cache(1024)
def calendar_of(form: str) -> Calendar:
    """The calendar in a stored form: one and the same object, which keeps its opening hours worked out."""
    return calendar_from(json.loads(form))
