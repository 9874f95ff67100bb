"""From a state of an improvement to what the store writes: the row, the event, the answer."""

from typing import Any, Final, Literal

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.perform import Decision
from itsm_chassis.store.work import Work, fact
from itsm_events import improvement as said
from pydantic_core import to_json

from itsm_metrics.rules.improvement import Improvement, Status
from itsm_metrics.tables import improvement
from itsm_metrics.tables.improvements import IMPROVEMENT

SOURCE: Final = "metrics"
PLACE: Final = "/v1/improvements"
EVENTS: Final[dict[Status, type[said.ImprovementEvent]]] = {
    "identified": said.ImprovementIdentified,
    "accepted": said.ImprovementAccepted,
    "assessed": said.ImprovementAssessed,
    "approved": said.ImprovementApproved,
    "in_progress": said.ImprovementStarted,
    "on_hold": said.ImprovementHeld,
    "in_review": said.ImprovementImplemented,
    "closed": said.ImprovementClosed,
    "cancelled": said.ImprovementCancelled,
}


def spoken(before: Improvement | None, after: Improvement) -> said.ImprovementEvent:
    """The event that leads from one state to the next."""
    kind = EVENTS[after.status]
    if before is not None and before.status == after.status:
        kind = said.ImprovementUpdated
    elif before is not None and before.status == "on_hold" and after.status == "in_progress":
        kind = said.ImprovementResumed
    data = IMPROVEMENT.dump_python(after)
    notes = {step.step: step.note for step in after.steps if step.note is not None}
    return kind.model_validate(data | {"notes": notes or None})


def written(ctx: Context, before: Improvement | None, after: Improvement) -> Decision:
    """The decision to store a state, to say so and to answer with it."""
    card = to_json(after).decode()
    row: dict[str, Any] = {"tenant": ctx.tenant, "card": card}
    row |= {c.name: getattr(after, c.name) for c in improvement.columns if c.name not in row}
    happened = fact(ctx, SOURCE, spoken(before, after), subject=after.id, sequence=after.version)
    mode: Literal["insert", "update"] = "update" if before else "insert"
    work = Work(mode, [happened], improvement, after.id, ctx.tenant, row, after.version - 1)
    place = None if before else f"{PLACE}/{after.id}"
    return [work], Answer(200 if before else 201, card, after.version, place)
