"""A conflict as it is stored, and as its events say it."""

from typing import Any, Final
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.store.context import Context
from itsm_chassis.store.work import Fact, fact
from itsm_events import change_conflict as said

from itsm_change.rules.conflicts import Booking, Conflict

SOURCE: Final = "change"
Form = dict[str, Any]


def form_of(change: Booking, found: Conflict, accepted: Form | None = None) -> Form:
    """A conflict that is there; `accepted` has by, at and reason."""
    return {
        "id": str(found.identity(change.id)),
        "change_id": str(change.id),
        "number": change.number,
        "kind": found.kind,
        "other": {"kind": found.other_kind, "id": str(found.other_id), "reference": found.other},
        "through": [node._asdict() for node in found.through],
        "starts_at": text(found.period.start),
        "ends_at": text(found.period.end),
        "why": found.why,
        "present": True,
        "accepted": accepted,
    }


def stated(ctx: Context, event: type[said.ChangeConflictEvent], form: Form, version: int) -> Fact:
    """The event of what has happened to it; the timeline of its change shows it."""
    accepted = form["accepted"] or {"by": None, "at": None, "reason": None}
    other = form["other"]
    data = {name: form[name] for name in ("number", "kind", "through", "starts_at", "ends_at", "why")}
    data |= {"change": form["change_id"], "present": form["present"]}
    data |= {"other_kind": other["kind"], "other_id": other["id"], "other": other["reference"]}
    data |= {f"accepted_{name}": accepted[name] for name in ("by", "at", "reason")}
    owner = UUID(form["change_id"])
    spoken = event.model_validate(data)
    return fact(ctx, SOURCE, spoken, subject=UUID(form["id"]), sequence=version, record=owner)


def values(ctx: Context, form: Form, version: int, card: str) -> dict[str, Any]:
    """The columns of its row."""
    return {
        "id": UUID(form["id"]),
        "tenant": ctx.tenant,
        "version": version,
        "card": card,
        "change_id": UUID(form["change_id"]),
        "kind": form["kind"],
        "other_id": UUID(form["other"]["id"]),
        "present": form["present"],
        "accepted": form["accepted"] is not None,
    }
