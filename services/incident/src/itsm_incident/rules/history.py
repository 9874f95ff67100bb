"""History from another desk, step by step: any state may follow any other, and what is odd is counted.

The states and times are the source's; what the lifecycle would have refused becomes a deviation of
the event, never a refusal.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from itsm_incident.rules import priority
from itsm_incident.rules.incident import OPEN, Event, Incident, Status, What, record
from itsm_incident.rules.lifecycle import TRANSITIONS, Transition, acknowledged, enter
from itsm_incident.rules.opening import opened

DEVIATIONS: Final[dict[str, str]] = {
    "unusual_transition": "The live lifecycle does not allow this state after the one before.",
    "closed_without_resolved": "Closed while not resolved; a resolution at the same time is implied.",
    "time_before_predecessor": "Its time lies before that of the step before; the file's order is kept.",
    "time_equal_to_predecessor": "Its time equals that of the step before.",
    "over_a_year_since_predecessor": "More than a year passed since the step before.",
    "missing_hold_reason": "On hold without a reason.",
    "missing_caller_comment": "Waiting for the caller without a comment that tells the caller.",
    "missing_resolution_code": "Resolved without a resolution code.",
    "hold_reason_outside_hold": "A hold reason on a step that is not on hold; it is not kept.",
}
LONG: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Step:
    """One item of a history; `fields` are the incident's fields that it sets, null included."""

    at: datetime
    to: Status | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One incident with its history, as read from the import."""

    external_id: str
    opened_at: datetime
    fields: dict[str, Any]
    steps: tuple[Step, ...]


def replayed(line: Line, identity: str, number: str, actor: str, now: datetime) -> list[Event]:
    """Every event of the history: the opening, then at least one per step."""
    given = {name: value for name, value in line.fields.items() if name != "priority"}
    first = opened(
        identity,
        number,
        given | {"external_id": line.external_id},
        opened_at=line.opened_at,
        opened_by=actor,
        now=now,
    )
    grade: dict[str, Any] = graded(line.fields, first.state)
    state = replace(first.state, imported=True, **grade)
    events = [replace(first, state=state)]
    previous: datetime | None = None
    for step in line.steps:
        stepped = advanced(events[-1].state, step, previous, now)
        events += [*stepped[:-1], replace(stepped[-1], comment=step.comment)] if step.comment else stepped
        previous = step.at
    return events


def advanced(incident: Incident, step: Step, previous: datetime | None, now: datetime) -> list[Event]:
    """The events of one step: one, or two where it implies another before it.

    Closed outside resolved is resolved first; on hold after the end is reopened first.
    """
    changes = step.fields | graded(step.fields, incident)
    reason = changes.pop("hold_reason", None)
    odd = timing(incident, step, previous)
    if step.to is None or step.to == incident.status:
        if incident.status == "on_hold" and "hold_reason" in step.fields:
            changes["hold_reason"] = reason
        elif reason is not None:
            odd.append("hold_reason_outside_hold")
        return [unmoved(incident, changes, step.at, now, tuple(odd))]
    code = changes.get("resolution_code", incident.resolution_code)
    odd += oddities(incident.status, step, reason, code)
    asked = Transition(step.to, reason=reason, resolution_code=code)
    events: list[Event] = []
    implied: Status | None = None
    if step.to == "closed" and incident.status != "resolved":
        implied = "resolved"
    elif step.to == "on_hold" and incident.status not in OPEN:
        implied = "in_progress"
    if implied is not None:
        events.append(enter(incident, replace(asked, to=implied), step.at, now, changes, tuple(odd)))
        incident, odd = events[-1].state, []
    events.append(enter(incident, asked, step.at, now, changes, tuple(odd)))
    return events


def unmoved(
    incident: Incident, changes: dict[str, Any], at: datetime, now: datetime, odd: tuple[str, ...]
) -> Event:
    """The event of a step that changes no state: a resolution that is repeated moves no time."""
    hands = ("assignment_group", "assignee")
    moved = any(name in changes and changes[name] != getattr(incident, name) for name in hands)
    what: What = "assigned" if moved else "updated"
    return record(incident, what, at, now, acknowledged(incident, changes, at), odd)


def graded(fields: dict[str, Any], incident: Incident) -> dict[str, str]:
    """Priority after a step: the source's own where it gives one, else by the matrix where that decides."""
    impact = fields.get("impact", incident.impact)
    urgency = fields.get("urgency", incident.urgency)
    if fields.get("priority") is not None:
        own = {"priority": fields["priority"], "priority_matrix": priority.IMPORTED}
        return own | {"impact": impact, "urgency": urgency}
    if "priority" in fields or incident.priority_matrix != priority.IMPORTED:
        return priority.decide(impact, urgency)
    return {"impact": impact, "urgency": urgency}


def timing(incident: Incident, step: Step, previous: datetime | None) -> list[str]:
    """What is odd about the time; the first step may well happen at the opening itself."""
    before = previous or incident.opened_at
    if step.at < before:
        return ["time_before_predecessor"]
    if previous is not None and step.at == previous:
        return ["time_equal_to_predecessor"]
    return ["over_a_year_since_predecessor"] if step.at - before > LONG else []


def oddities(status: Status, step: Step, reason: str | None, code: str | None) -> list[str]:
    """What live work would have refused about this change of state."""
    odd = []
    if step.to is not None and step.to not in TRANSITIONS[status]:
        odd.append("unusual_transition")
    if step.to == "closed" and status != "resolved":
        odd.append("closed_without_resolved")
    if (step.to == "resolved" or "closed_without_resolved" in odd) and not code:
        odd.append("missing_resolution_code")
    if step.to == "on_hold" and reason is None:
        odd.append("missing_hold_reason")
    if step.to == "on_hold" and reason == "caller" and not step.comment:
        odd.append("missing_caller_comment")
    if step.to != "on_hold" and reason is not None:
        odd.append("hold_reason_outside_hold")
    return odd
