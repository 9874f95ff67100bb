"""Looking for the changes that may have caused incidents, and storing what was found."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.perform import write
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events import suspect as said

from itsm_change.commands.recording import SOURCE
from itsm_change.rules import suspect as rules
from itsm_change.rules.attribution import DEFAULT, Score, State, score
from itsm_change.rules.suspect import Link, Suspect
from itsm_change.tables import suspect

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ACTOR: Final = "system:attribution"
MOST: Final = 20
"""The suspects of an incident that the machine names: those with the highest scores."""
BATCH: Final = 200

FOUND: Final = """
WITH RECURSIVE down (incident_id, tenant, kind, key, opened_at, distance) AS (
    SELECT incident_id, tenant, kind, key, opened_at, 0 FROM affected WHERE incident_id = ANY($1::uuid[])
    UNION
    SELECT w.incident_id, w.tenant, d.dependency_kind, d.dependency_key, w.opened_at, w.distance + 1
    FROM down w JOIN dependency d ON d.tenant = w.tenant AND d.dependent_kind = w.kind
        AND d.dependent_key = w.key AND d.present
    WHERE w.distance < $2
)
SELECT DISTINCT ON (w.incident_id, t.change_id) w.incident_id, t.change_id, w.distance,
    w.kind || ' ' || w.key AS via
FROM down w JOIN touched t ON t.tenant = w.tenant AND t.kind = w.kind AND t.key = w.key
    AND t.implemented_at <= w.opened_at AND t.implemented_at > w.opened_at - $3::interval
ORDER BY w.incident_id, t.change_id, w.distance, w.kind, w.key
"""
LINKED: Final = """
SELECT i.id AS incident_id, c.id AS change_id FROM incident i JOIN change c
    ON c.tenant = i.tenant AND i.caused_by IN (c.id::text, c.number, c.external_id)
WHERE i.id = ANY($1::uuid[]) AND i.caused_by IS NOT NULL
"""
STORED: Final = "SELECT card FROM suspect WHERE incident_id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
INCIDENTS: Final = "SELECT * FROM incident WHERE id = ANY($1::uuid[])"
CHANGES: Final = """
SELECT id, number, title, change_type, implemented_at, imported, risk_score FROM (
    SELECT c.*, (card::json ->> 'risk_score')::int AS risk_score,
        (card::json ->> 'imported')::boolean AS imported FROM change c WHERE id = ANY($1::uuid[])) AS known
"""
EVENTS: Final[dict[State, type[said.SuspectEvent]]] = {
    "suspected": said.SuspectRaised,
    "confirmed": said.SuspectConfirmed,
    "rejected": said.SuspectRejected,
    "withdrawn": said.SuspectWithdrawn,
}
Pair = tuple[UUID, UUID]
"""An incident and a change."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of some incidents: their rows, the changes', and what is between them."""

    incidents: dict[UUID, Any]
    changes: dict[UUID, Any]
    met: dict[Pair, tuple[int, str]]
    linked: frozenset[Pair]
    stored: dict[Pair, Suspect]


async def attribute(conn: "Connection[Any]", ids: Iterable[UUID], now: datetime) -> None:
    """Look at these incidents (again), inside the caller's transaction; what changed is stored and said."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), BATCH):
        await settle(conn, wanted[start : start + BATCH], now)


async def settle(conn: "Connection[Any]", ids: Sequence[UUID], now: datetime) -> None:
    """The same for a batch."""
    found = await read(conn, ids)
    for incident, changes in by_incident(found).items():
        row = found.incidents[incident]
        ctx = Context(row["tenant"], ACTOR, frozenset({"service"}), now)
        for change in changes:
            before = found.stored.get((incident, change))
            imported = row["imported"] or found.changes[change]["imported"]
            if (work := looked_at(ctx, found, incident, change, before, imported)) is not None:
                await write(conn, ctx, work, Answer(200, ""), None)


async def read(conn: "Connection[Any]", ids: Sequence[UUID]) -> Found:
    """Everything that is to be known of them."""
    met = {
        (row["incident_id"], row["change_id"]): (row["distance"], row["via"])
        for row in await conn.fetch(FOUND, ids, DEFAULT.depth, DEFAULT.window)
    }
    linked = frozenset((row[0], row[1]) for row in await conn.fetch(LINKED, ids))
    cards = [rules.read(row["card"]) for row in await conn.fetch(STORED, ids)]
    stored = {(each.incident_id, each.change_id): each for each in cards}
    named = {change for _, change in (*met, *linked, *stored)}
    incidents = {row["id"]: row for row in await conn.fetch(INCIDENTS, ids)}
    changes = {row["id"]: row for row in await conn.fetch(CHANGES, sorted(named))}
    return Found(incidents, changes, met, linked, stored)


def by_incident(found: Found) -> dict[UUID, list[UUID]]:
    """The changes to look at for each incident: those that are known of it, and the best of the others."""
    ranked: dict[UUID, list[tuple[float, UUID]]] = defaultdict(list)
    for pair in found.met.keys() - found.stored.keys() - found.linked:
        rated = rated_as(found, pair)
        if rated is not None and rated.value >= DEFAULT.threshold:
            ranked[pair[0]].append((-rated.value, pair[1]))
    wanted: dict[UUID, list[UUID]] = defaultdict(list)
    for incident, change in sorted(found.linked | found.stored.keys()):
        wanted[incident].append(change)
    for incident, rest in ranked.items():
        room = max(0, MOST - len(wanted[incident]))
        wanted[incident] += [change for _, change in sorted(rest)[:room]]
    return wanted


def rated_as(found: Found, pair: Pair) -> Score | None:
    """The score of a pair; None where nothing speaks for it."""
    change = found.changes[pair[1]]
    if pair not in found.met or change["implemented_at"] is None:
        return None
    opened_at = found.incidents[pair[0]]["opened_at"]
    return score(DEFAULT, found.met[pair][0], change["implemented_at"], opened_at, change["risk_score"])


def looked_at(
    ctx: Context, found: Found, incident: UUID, change: UUID, before: Suspect | None, imported: bool
) -> Work | None:
    """What there is to store of one pair; None where nothing changed."""
    pair = (incident, change)
    row = found.incidents[incident]
    link = Link(row["caused_by_at"], row["caused_by_actor"]) if pair in found.linked else None
    via = found.met[pair][1] if pair in found.met else None
    start = before or begun(row, found.changes[change])
    after = rules.looked_at(refreshed(start, row, found.changes[change]), rated_as(found, pair), via, link)
    if after == before:
        return None
    return stated(ctx, before, after, imported=imported)


def begun(incident: Any, change: Any) -> Suspect:
    """A pair of which nothing was said so far."""
    return Suspect(
        id=uuid5(change["id"], str(incident["id"])),
        version=0,
        change_id=change["id"],
        change_number=change["number"],
        change_title=change["title"],
        change_type=change["change_type"],
        implemented_at=change["implemented_at"],
        incident_id=incident["id"],
        incident_number=incident["number"],
        opened_at=incident["opened_at"],
        service=incident["service"],
        state="withdrawn",
    )


def refreshed(before: Suspect, incident: Any, change: Any) -> Suspect:
    """With what the incident and the change are called now."""
    now = begun(incident, change)
    names = ("change_title", "change_type", "implemented_at", "opened_at", "service")
    return replace(before, **{name: getattr(now, name) for name in names})


def stated(ctx: Context, before: Suspect | None, after: Suspect, *, imported: bool = False) -> Work:
    """The row and the event of a suspicion that changed."""
    state = replace(after, version=after.version + 1)
    row = {
        "id": state.id,
        "tenant": ctx.tenant,
        "version": state.version,
        "card": rules.write(state),
        "change_id": state.change_id,
        "incident_id": state.incident_id,
        "state": state.state,
    }
    facts = [spoken(ctx, state, imported)]
    return Work("update" if before else "insert", facts, suspect, state.id, ctx.tenant, row, after.version)


def spoken(ctx: Context, state: Suspect, imported: bool) -> Fact:
    """The event row."""
    shared = said.SuspectEvent.model_fields.keys() & set(Suspect.__dataclass_fields__)
    data: dict[str, Any] = {name: getattr(state, name) for name in shared}
    data |= {"change": str(state.change_id), "incident": str(state.incident_id)}
    data["reasons"] = [reason._asdict() for reason in state.reasons]
    event = EVENTS[state.state].model_validate(data)
    return fact(
        ctx,
        SOURCE,
        event,
        subject=state.id,
        sequence=state.version,
        record=state.change_id,
        at=state.judged_at or ctx.now,
        imported=imported,
    )
