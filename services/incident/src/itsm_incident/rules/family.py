"""Parent and children: one level, and the parent's progress is copied down."""

from dataclasses import replace
from datetime import datetime

from itsm_chassis.errors import FieldError, Invalid

from itsm_incident.rules.incident import OPEN, Event, Incident
from itsm_incident.rules.lifecycle import TRANSITIONS, Transition, enter


def adopt(child: Incident, parent: Incident | None, has_children: bool) -> None:
    """Refuse a parent that is unknown, the child itself, or that would make a second level."""
    sentence = None
    if parent is None:
        sentence = "There is no such incident to be the parent."
    elif parent.id == child.id:
        sentence = "An incident cannot be its own parent."
    elif parent.parent_id is not None:
        sentence = f"{parent.number} has a parent itself; there is one level of children."
    elif has_children:
        sentence = "An incident that has children cannot get a parent; there is one level of children."
    if sentence is not None:
        raise Invalid("invalid_parent", sentence, (FieldError("/parent_id", "invalid", sentence),))


def copied(
    before: Incident, after: Incident, asked: Transition, child: Incident, now: datetime
) -> Event | None:
    """The child's event that copies the parent's step from `before` to `after`, or None.

    in_progress, on_hold (but not for the caller, who differs) and resolved go down, where the
    child's own lifecycle allows it. A reopening reaches only the children that the parent resolved.
    """
    if asked.to not in ("in_progress", "on_hold", "resolved") or asked.to not in TRANSITIONS[child.status]:
        return None
    if asked.to == "on_hold" and asked.reason == "caller":
        return None
    if child.status not in OPEN and child.resolved_at != before.resolved_at:
        return None
    if asked.to == "resolved":
        asked = replace(asked, resolution_note=after.resolution_note, resolution_code=after.resolution_code)
    return enter(child, asked, now, now, {})
