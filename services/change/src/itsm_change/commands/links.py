"""Signed links to the calendar: made by somebody for their own calendar program, and revoked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from itsm_chassis.auth.permissions import ADMIN
from itsm_chassis.errors import Missing, Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import created, load
from itsm_chassis.store.work import Work, fact
from itsm_events.calendar_link import CalendarLinkCreated, CalendarLinkRevoked
from pydantic_core import to_json

from itsm_change.commands.recording import SOURCE
from itsm_change.tables import calendar_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link, field by field as it is shown: whose it is, what it shows, and what they could see then."""

    id: UUID
    version: int = 1
    person: str
    roles: tuple[str, ...]
    service: str | None = None
    configuration_item: str | None = None
    change_type: str | None = None
    revoked: bool = False
    created_at: datetime


async def make(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Make a link of the caller's own."""
    link = Link(id=new_id(), person=ctx.actor, roles=tuple(sorted(ctx.roles)), created_at=ctx.now, **given)

    async def decide() -> Decision:
        said = CalendarLinkCreated.model_validate(asdict(link))
        return created(ctx, calendar_link, link, said, source=SOURCE, place="/v1/change-calendar/links")

    return await perform(db, ctx, decide)


async def revoke(db: Database, ctx: Context, identity: UUID) -> Answer:
    """Make it open nothing any more; an administrator may do that with anybody's."""

    async def decide() -> Decision:
        found = await load(db, calendar_link, ctx.tenant, identity)
        told = json.loads(found.text) if found else {}
        if found is None or (told["person"] != ctx.actor and ADMIN not in ctx.roles):
            raise Missing("link")
        if ctx.expected not in (None, found.version):
            raise Stale(found.version)
        if told["revoked"]:
            raise Refused("already_revoked", "The link is revoked already.")
        roles, since = tuple(told["roles"]), datetime.fromisoformat(told["created_at"])
        link = Link(**told | {"id": identity, "roles": roles, "created_at": since})
        link = replace(link, revoked=True, version=link.version + 1)
        said = CalendarLinkRevoked.model_validate(asdict(link))
        card = to_json(link).decode()
        row = {"tenant": ctx.tenant, "card": card, "version": link.version, "revoked": True}
        happened = fact(ctx, SOURCE, said, subject=identity, sequence=link.version)
        work = Work("update", [happened], calendar_link, identity, ctx.tenant, row, link.version - 1)
        return [work], Answer(200, card, link.version)

    return await perform(db, ctx, decide)
