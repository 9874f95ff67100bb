"""Templates of standard changes: publishing, editing, and the loss of their pre-approval."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from itsm_chassis.clock import text
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work
from itsm_events.change_template import (
    ChangeTemplatePreapprovalLost,
    ChangeTemplatePublished,
    ChangeTemplateUpdated,
)

from itsm_change.commands.issuing import Latest, current, issued, latest, predecessor
from itsm_change.rules.change import Change
from itsm_change.rules.templates import crossed
from itsm_change.tables import change_template
from itsm_change.tables.changes import HISTORY
from itsm_change.tables.finding import standing

PLACE: Final = "/v1/change-templates"
EMPTY: Final[dict[str, Any]] = {
    "description": None,
    "service": None,
    "affected_services": [],
    "configuration_items": [],
    "assignment_group": None,
    "plan": None,
    "test_plan": None,
    "backout_plan": None,
    "backout_tested": False,
    "preapproved": False,
    "history_size": 10,
    "max_failure_rate": 0.1,
    "active": True,
}
USED: Final = HISTORY.format(tenant="$1", key="$2::text", size="$3::integer", since="$4::timestamptz")


async def publish(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Publish a template; Refused where its key is taken."""

    async def decide() -> Decision:
        await predecessor(db, ctx, change_template, given["key"], succeeds=False)
        form = EMPTY | dict(given)
        form["preapproved_since"] = text(ctx.now) if form["preapproved"] else None
        decision = issued(ctx, change_template, None, form, ChangeTemplatePublished, PLACE)
        return await told(db, ctx, decision, form)

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch). A pre-approval that is given anew begins with a clean slate."""

    async def decide() -> Decision:
        before = await current(db, ctx, change_template, reference)
        kept = {
            name: value for name, value in before.form.items() if name not in ("id", "version", "history")
        }
        wanted = {name: EMPTY.get(name) if value is None else value for name, value in given.items()}
        form = kept | wanted
        if form == kept:
            answer = Answer(200, json.dumps({"id": str(before.id), **kept, "version": before.version}))
            return await told(db, ctx, ([], replace(answer, version=before.version)), form)
        if form["preapproved"] != kept["preapproved"]:
            form["preapproved_since"] = text(ctx.now) if form["preapproved"] else None
        decision = issued(ctx, change_template, before, form, ChangeTemplateUpdated, None)
        return await told(db, ctx, decision, form)

    return await perform(db, ctx, decide)


async def told(db: Database, ctx: Context, decision: Decision, form: Mapping[str, Any]) -> Decision:
    """The decision with the template's history in its answer."""
    works, answer = decision
    since = form["preapproved_since"] and datetime.fromisoformat(form["preapproved_since"])
    history = await db.fetchval(f"SELECT {USED}", ctx.tenant, form["key"], form["history_size"], since)
    return works, replace(answer, body=f'{answer.body[:-1]}, "history":{history}}}')


async def judged(db: Database, ctx: Context, closed: Change) -> list[Work]:
    """What the outcome of a closed change does to its template: the pre-approval is lost, or nothing."""
    if closed.template is None or closed.change_type != "standard":
        return []
    known = await standing(db, ctx, closed.template, closed.id)
    failed = closed.backed_out or closed.close_code == "unsuccessful"
    if known is None or not known.preapproved or not failed:
        return []
    if not crossed((failed, *known.outcomes), known.history_size, known.max_failure_rate):
        return []
    card = await load(db, change_template, ctx.tenant, closed.template, "key")
    if card is None:
        return []
    works, _ = lost(ctx, latest(card))
    return list(works)


def lost(ctx: Context, before: Latest) -> Decision:
    """The decision that a template is no longer pre-approved."""
    form = {name: value for name, value in before.form.items() if name not in ("id", "version", "history")}
    form |= {"preapproved": False, "preapproved_since": None}
    return issued(ctx, change_template, before, form, ChangeTemplatePreapprovalLost, None)
