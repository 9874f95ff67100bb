"""Writes of findings: what a scan saw, and what people say about it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

from itsm_chassis.errors import Missing, Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, Guard, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work, fact
from itsm_events import finding as said
from pydantic_core import to_json

from itsm_metrics.commands.improvement_recording import SOURCE, written
from itsm_metrics.commands.improvements import NUMBERS
from itsm_metrics.rules import finding as rules
from itsm_metrics.rules.finding import Finding, What
from itsm_metrics.rules.improvement import ENDED, Improvement
from itsm_metrics.rules.watching import Sighting
from itsm_metrics.tables import finding, improvement
from itsm_metrics.tables.findings import FINDING, policy_of
from itsm_metrics.tables.improvements import IMPROVEMENT

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

EVENTS: Final[dict[What, type[said.FindingEvent]]] = {
    "raised": said.FindingRaised,
    "seen": said.FindingSeen,
    "cleared": said.FindingCleared,
    "proposed": said.FindingProposed,
    "dismissed": said.FindingDismissed,
}
KNOWN: Final = "SELECT card FROM finding WHERE tenant = $1"
CLAIM: Final = """
INSERT INTO watch_scan VALUES ($1, $2) ON CONFLICT (tenant) DO UPDATE SET scanned_at = EXCLUDED.scanned_at
WHERE watch_scan.scanned_at <= $3 RETURNING 1
"""


async def record(
    db: Database, ctx: Context, seen: Sequence[Sighting], unless_after: datetime | None = None
) -> Answer:
    """Keep what a scan saw, and say how many findings it raised, saw again and cleared.

    Refused where another scan was made after `unless_after`: of replicas that scan at once, one counts.
    """

    async def decide() -> Decision:
        known = [FINDING.validate_json(row["card"]) for row in await db.fetch(KNOWN, ctx.tenant)]
        changes = rules.followed(ctx.tenant, await policy_of(db, ctx.tenant), known, seen, ctx.now)
        counts = {what: sum(each == what for each, _ in changes) for what in ("raised", "seen", "cleared")}
        return [stored(ctx, what, after) for what, after in changes], Answer(200, json.dumps(counts))

    return await perform(db, ctx, decide, guard=claimed(ctx, unless_after or ctx.now))


def claimed(ctx: Context, unless_after: datetime) -> Guard:
    """The scan is ours, unless one was made after that moment."""

    async def check(conn: "Connection[Any]") -> None:
        if await conn.fetchval(CLAIM, ctx.tenant, ctx.now, unless_after) is None:
            raise Refused("already_scanned", "Another scan was made meanwhile.")

    return check


async def propose(db: Database, ctx: Context, identity: UUID) -> Answer:
    """Register it as an improvement; Refused where it stands in the register and is not over."""
    made = new_id()

    async def decide() -> Decision:
        before = await current(db, ctx, identity)
        if before.status == "dismissed":
            raise Refused("not_open", "The finding is dismissed: it can be proposed when it is seen again.")
        await nowhere_open(db, ctx, before)
        evidence = before.evidence[-1]
        where = {"service": before.service} if before.service else {"assignment_group": before.key}
        works, answer = written(
            ctx,
            None,
            Improvement(
                id=made,
                number=await NUMBERS.next(db),
                title=before.title,
                description=before.description,
                source="finding",
                reference=str(before.id),
                registered_by=ctx.actor,
                service=before.service,
                kpi=evidence.kpi,
                filters={name: key for name, key in where.items() if key},
                identified_at=ctx.now,
            ),
        )
        return [*works, stored(ctx, "proposed", rules.proposed(before, made))], answer

    return await perform(db, ctx, decide)


async def nowhere_open(db: Database, ctx: Context, before: Finding) -> None:
    """Refused where it was proposed already, and that improvement has not ended."""
    if before.improvement is None:
        return
    found = await load(db, improvement, ctx.tenant, before.improvement)
    known = IMPROVEMENT.validate_json(found.text) if found else None
    if known is not None and known.status not in ENDED:
        raise Refused("already_proposed", f"It is proposed already: {known.number} is {known.status}.")


async def dismiss(db: Database, ctx: Context, identity: UUID, reason: str, quiet_days: int | None) -> Answer:
    """Say that nothing is to be done about it."""

    async def decide() -> Decision:
        before = await current(db, ctx, identity)
        policy = await policy_of(db, ctx.tenant)
        after = rules.dismissed(policy, before, reason, quiet_days, ctx.actor, ctx.now)
        return [stored(ctx, "dismissed", after)], Answer(200, to_json(after).decode(), after.version)

    return await perform(db, ctx, decide)


async def current(db: Database, ctx: Context, identity: UUID) -> Finding:
    """The finding as it is now; Missing, or Stale where it has moved on."""
    found = await load(db, finding, ctx.tenant, identity)
    if found is None:
        raise Missing("finding")
    if ctx.expected not in (None, found.version):
        raise Stale(found.version)
    return FINDING.validate_json(found.text)


def stored(ctx: Context, what: What, after: Finding) -> Work:
    """The row and the event of a finding."""
    row: dict[str, Any] = {"tenant": ctx.tenant, "card": to_json(after).decode()}
    row |= {c.name: getattr(after, c.name) for c in finding.columns if c.name not in row}
    data = FINDING.dump_python(after)
    data["improvement"] = str(after.improvement) if after.improvement else None
    happened = fact(ctx, SOURCE, EVENTS[what].model_validate(data), subject=after.id, sequence=after.version)
    mode: Literal["insert", "update"] = "insert" if after.version == 1 else "update"
    return Work(mode, [happened], finding, after.id, ctx.tenant, row, after.version - 1)
