"""Which change a production deployment belongs to when it starts: the named one, its template's, or one
that is filed as unauthorised, since a pipeline is never kept from telling what it did.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.records import load

from itsm_change.commands.recording import NUMBERS
from itsm_change.rules import deploying, requesting
from itsm_change.rules import deployment as rules
from itsm_change.rules.change import Change, Event
from itsm_change.rules.deployment import Deployment
from itsm_change.rules.obstacles import Obstacle, obstacles
from itsm_change.tables import change_template, deployment
from itsm_change.tables.finding import refer, surroundings

TEMPLATES: Final = """
SELECT card FROM change_template WHERE tenant = $1 AND service = $2 AND active AND preapproved ORDER BY key
"""


@dataclass(frozen=True, slots=True)
class Start:
    """The change of a deployment, what happened to it, whether it is new, and what had not approved it."""

    events: list[Event]
    change: Change | None
    opened: bool = False
    obstacles: tuple[Obstacle, ...] = ()

    def marks(self) -> dict[str, Any]:
        """What the deployment keeps of it."""
        if self.change is None:
            return {}
        return {
            "change_id": self.change.id,
            "change_number": self.change.number,
            "opened_change": self.opened,
            "unauthorized": bool(self.obstacles),
            "obstacles": self.obstacles,
        }


async def begin(db: Database, ctx: Context, of: Deployment) -> Start:
    """Find or open the change."""
    if of.change is not None:
        return await named(db, ctx, of, of.change)
    template = await template_of(db, ctx, of)
    if isinstance(template, Obstacle):
        return await filed(db, ctx, of, (template,), {})
    fields = requesting.from_template({}, template) | {"template": template["key"], "requester": ctx.actor}
    fields |= await reverted(db, ctx, of)
    number = await NUMBERS.next(db)
    first = deploying.requested(str(new_id()), number, of, fields, ctx.now)
    found = tuple(obstacles(first.state, await surroundings(db, ctx, first.state)))
    if found:
        return await filed(db, ctx, of, found, {})
    events = [first, *deploying.started(first.state, of, ctx.now)]
    return Start(events, first.state, opened=True)


async def named(db: Database, ctx: Context, of: Deployment, reference: str) -> Start:
    """The change that the pipeline names: implemented by it, or not approved for it."""
    change = await refer(db, ctx, reference)
    if change is None:
        why = Obstacle("change_unknown", f"There is no change {reference}.")
        return await filed(db, ctx, of, (why,), {})
    if found := deploying.not_for_it(change, of):
        return await filed(db, ctx, of, found, {"related": [change.number]})
    if change.status == "scheduled":
        return Start(deploying.started(change, of, ctx.now), change)
    return Start([], change)


async def template_of(db: Database, ctx: Context, of: Deployment) -> dict[str, Any] | Obstacle:
    """The template that speaks for the deployment, or why none does."""
    if of.template is not None:
        card = await load(db, change_template, ctx.tenant, of.template, "key")
        if card is None:
            return Obstacle("template_unknown", f"There is no template {of.template}.")
        form: dict[str, Any] = json.loads(card.text)
        return deploying.unfit(form, of) or form
    forms: list[dict[str, Any]] = [
        json.loads(row["card"]) for row in await db.fetch(TEMPLATES, ctx.tenant, of.service)
    ]
    if len(forms) == 1:
        return forms[0]
    if not forms:
        return Obstacle("template_missing", f"{of.service} has no template that is pre-approved.")
    keys = ", ".join(form["key"] for form in forms)
    return Obstacle("template_ambiguous", f"{of.service} has several templates: name one of {keys}.")


async def filed(
    db: Database, ctx: Context, of: Deployment, why: tuple[Obstacle, ...], fields: dict[str, Any]
) -> Start:
    """File it as an unauthorised change."""
    fields |= await reverted(db, ctx, of)
    number = await NUMBERS.next(db)
    events = deploying.unauthorized(str(new_id()), number, of, why, fields, ctx.actor, ctx.now)
    return Start(events, events[-1].state, opened=True, obstacles=why)


async def reverted(db: Database, ctx: Context, of: Deployment) -> dict[str, Any]:
    """The change that is reverted with the deployment of an earlier one, where that is known."""
    if of.reverts is None:
        return {}
    found = await load(db, deployment, ctx.tenant, of.reverts, "external_id")
    earlier = rules.read(found.text) if found else None
    return {"reverts": earlier.change_number} if earlier and earlier.change_number else {}
