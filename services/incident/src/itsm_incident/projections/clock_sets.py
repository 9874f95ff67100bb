"""The stored clocks of each incident: locking, reading and writing them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.store.context import Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.work import Fact, fact
from itsm_events import sla_clock

from itsm_incident.rules import clock_summary, clock_text
from itsm_incident.rules.clock import Happened, What
from itsm_incident.rules.clock_fold import Kept, next_at
from itsm_incident.tables import NEVER

if TYPE_CHECKING:
    import asyncpg
    from itsm_chassis.store.database import Connection

SOURCE: Final = "incident"
ACTOR: Final = "system:sla"
AGAIN: Final = timedelta(minutes=5)
EVENTS: Final[dict[What, type[sla_clock.SlaClockEvent]]] = {
    "attached": sla_clock.SlaClockAttached,
    "paused": sla_clock.SlaClockPaused,
    "resumed": sla_clock.SlaClockResumed,
    "threshold_reached": sla_clock.SlaClockThresholdReached,
    "breached": sla_clock.SlaClockBreached,
    "completed": sla_clock.SlaClockCompleted,
    "cancelled": sla_clock.SlaClockCancelled,
}
SAME: Final = (
    "policy",
    "policy_version",
    "calendar",
    "calendar_version",
    "kind",
    "measure",
    "state",
    "target_s",
    "started_at",
    "due_at",
    "ended_at",
    "ending",
    "first_completed_at",
    "priority",
    "priority_at_opening",
    "service",
    "assignment_group",
)

WRITE = """
UPDATE clock_set c SET through = g.through, known_at = g.known_at, imported_until = g.imported_until,
    pins = g.pins, clocks = g.clocks, next_at = g.next_at, recount_at = null
FROM unnest(
    $1::uuid[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[]
) AS g (id, through, known_at, imported_until, pins, clocks, next_at)
WHERE c.id = g.id
"""
SHOW = """
UPDATE incident i SET sla_due_at = g.due_at, sla_state = g.state, sla = g.sla
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) AS g (id, due_at, state, sla)
WHERE i.id = g.id AND i.sla <> g.sla
"""
LATER = "UPDATE clock_set SET recount_at = $2 WHERE id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class ClockSet:
    """What is kept of one incident's clocks; `known_at` and `imported_until` as in the table."""

    id: UUID
    tenant: str
    known_at: datetime
    imported_until: datetime | None
    kept: Kept
    happened: Sequence[Happened] = ()


def stored(row: "asyncpg.Record") -> ClockSet:
    """A row of the table."""
    pins = {key: (pin[0], pin[1], pin[2]) for key, pin in json.loads(row["pins"]).items()}
    kept = Kept(row["through"], pins, clock_text.read(row["clocks"]))
    return ClockSet(row["id"], row["tenant"], row["known_at"], row["imported_until"], kept)


async def write(conn: "Connection[Any]", sets: Sequence[ClockSet], now: datetime) -> None:
    """Store what is kept, say what happened, and show it in the incidents; their rows come last, for they
    are the ones that other writers wait for.
    """
    if not sets:
        return
    rows = [
        (
            each.id,
            each.kept.through,
            each.known_at,
            each.imported_until,
            json.dumps(each.kept.pins, ensure_ascii=False, separators=(",", ":")),
            clock_text.write(each.kept.rows),
            next_at(each.kept.rows),
        )
        for each in sets
    ]
    await conn.execute(WRITE, *map(list, zip(*rows, strict=True)))
    facts = [spoken(each, happened, now) for each in sets for happened in each.happened]
    if facts:
        await say(conn, facts)
    shown = sorted((each.id, *summary(each.kept, now)) for each in sets)
    await conn.execute(SHOW, *map(list, zip(*shown, strict=True)))


async def put_off(conn: "Connection[Any]", ids: Sequence[UUID], now: datetime) -> None:
    """Try again later what could not be counted."""
    await conn.execute(LATER, list(ids), now + AGAIN)


def spoken(of: ClockSet, happened: Happened, now: datetime) -> Fact:
    """The event row of one fact; history that was imported stays history."""
    row = happened.row
    data: dict[str, Any] = {name: getattr(row, name) for name in SAME}
    data |= {"record": str(of.id), "record_type": "incident", "breached": happened.breached}
    data |= {"elapsed_s": happened.elapsed_us / 1_000_000, "business_s": happened.business_us / 1_000_000}
    if happened.threshold is not None:
        data |= {"threshold": happened.threshold, "due": happened.at}
    return fact(
        Context(of.tenant, ACTOR, frozenset({"service"}), now),
        SOURCE,
        EVENTS[happened.what](**data),
        subject=UUID(row.id),
        sequence=row.version,
        record=of.id,
        at=happened.at,
        imported=of.imported_until is not None and happened.at <= of.imported_until,
    )


def summary(kept: Kept, now: datetime) -> tuple[datetime, str, str]:
    """The columns that an incident shows of its clocks."""
    due, state = clock_summary.due_at(kept.rows), clock_summary.state(kept.rows, now)
    shown = json.dumps({"sla_due_at": text(due) if due else None, "sla_state": state}, separators=(",", ":"))
    return due or NEVER, state, f",{shown[1:-1]}"
