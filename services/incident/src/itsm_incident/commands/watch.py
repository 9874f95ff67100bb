"""Watching: whoever watches an incident sees it; each watch is a record of its own."""

import json
from uuid import UUID

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.clock import text
from itsm_chassis.errors import Forbidden, Missing, Stale
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.work import Work, fact
from itsm_events.watcher import WatcherAdded, WatcherRemoved
from sqlalchemy import bindparam, select

from itsm_incident.commands.recording import SOURCE
from itsm_incident.rules import card
from itsm_incident.tables import find, watcher

ONE = Compiled(
    select(watcher.c.id, watcher.c.version, watcher.c.card).where(
        watcher.c.tenant == bindparam("tenant"),
        watcher.c.incident_id == bindparam("incident"),
        watcher.c.watcher == bindparam("person"),
    )
)


def may_watch_for(ctx: Context, person: str) -> None:
    """A requester decides for nobody else."""
    if not is_staff(ctx.roles) and person != ctx.actor:
        raise Forbidden("forbidden_watcher", "A requester can start and end only the own watch.")


async def watch(db: Database, ctx: Context, reference: str, person: str) -> Answer:
    """Let a person watch an incident; one that does already is answered as it stands (200)."""
    may_watch_for(ctx, person)

    async def decide() -> Decision:
        incident = card.read((await find(db, ctx, reference)).text)
        values = {"tenant": ctx.tenant, "incident": UUID(incident.id), "person": person}
        row = await db.fetchrow(ONE.sql, *ONE.args(values))
        if row is not None:
            return [], Answer(200, row["card"], row["version"])
        identity = new_id()
        shown = {"id": str(identity), "incident_id": incident.id, "watcher": person, "version": 1}
        body = json.dumps(shown | {"created_at": text(ctx.now)}, ensure_ascii=False)
        said = WatcherAdded(record=incident.id, record_type="incident", watcher=person)
        happened = fact(ctx, SOURCE, said, subject=identity, sequence=1, record=UUID(incident.id))
        stored = {"id": identity, "tenant": ctx.tenant, "version": 1, "card": body}
        stored |= {"incident_id": UUID(incident.id), "watcher": person}
        place = f"/v1/incidents/{incident.id}/watchers/{identity}"
        return [Work("insert", [happened], watcher, identity, ctx.tenant, stored)], Answer(
            201, body, 1, place
        )

    return await perform(db, ctx, decide)


BY_ID = Compiled(
    select(watcher.c.version, watcher.c.watcher).where(
        watcher.c.tenant == bindparam("tenant"),
        watcher.c.incident_id == bindparam("incident"),
        watcher.c.id == bindparam("id"),
    )
)


async def unwatch(db: Database, ctx: Context, reference: str, identity: UUID) -> Answer:
    """End a watch."""

    async def decide() -> Decision:
        incident = UUID(card.read((await find(db, ctx, reference)).text).id)
        values = {"tenant": ctx.tenant, "incident": incident, "id": identity}
        row = await db.fetchrow(BY_ID.sql, *BY_ID.args(values))
        if row is None:
            raise Missing("watcher")
        may_watch_for(ctx, row["watcher"])
        version = row["version"]
        if ctx.expected not in (None, version):
            raise Stale(version)
        said = WatcherRemoved(record=str(incident), record_type="incident", watcher=row["watcher"])
        happened = fact(ctx, SOURCE, said, subject=identity, sequence=version + 1, record=incident)
        return [Work("delete", [happened], watcher, identity, ctx.tenant, None, version)], Answer(204, "")

    return await perform(db, ctx, decide)
