"""The state machine of an incident: one table, one function that applies it, one that enters a state."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from itsm_chassis.errors import FieldError, Invalid, Refused

from itsm_incident.rules import outage
from itsm_incident.rules.incident import OPEN, Event, HoldReason, Incident, Status, What, record

TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    "new": frozenset({"in_progress", "resolved", "cancelled"}),
    "in_progress": frozenset({"on_hold", "resolved", "cancelled"}),
    "on_hold": frozenset({"in_progress", "resolved", "cancelled"}),
    "resolved": frozenset({"closed", "in_progress"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}

REQUIRED: Final[dict[Status, tuple[str, ...]]] = {
    "on_hold": ("reason",),
    "resolved": ("resolution_code", "resolution_note"),
}

EVENT_OF: Final[dict[Status, What]] = {
    "in_progress": "started",
    "on_hold": "held",
    "resolved": "resolved",
    "closed": "closed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """What is asked for; `told_caller` says whether a public comment comes with it."""

    to: Status
    reason: HoldReason | None = None
    resolution_code: str | None = None
    resolution_note: str | None = None
    told_caller: bool = False


def move(incident: Incident, asked: Transition, now: datetime) -> Event:
    """Apply a transition; Refused where the lifecycle forbids it, Invalid where a field is missing."""
    if (why := refusal(incident.status, asked.to)) is not None:
        raise Refused("illegal_transition", why)
    if findings := missing(asked):
        sentence = " ".join(finding.message for finding in findings)
        raise Invalid("missing_field", sentence, tuple(findings))
    return enter(incident, asked, now, now, {})


def refusal(status: Status, to: Status) -> str | None:
    """Why an incident in `status` cannot become `to`, or None where it can."""
    allowed = TRANSITIONS[status]
    if to in allowed:
        return None
    if status == to:
        return f"The incident is already {to}."
    if not allowed:
        return f"The incident is {status}, which is final; open a new incident that refers to it."
    return f"An incident that is {status} can become {', '.join(sorted(allowed))}, not {to}."


def missing(asked: Transition) -> list[FieldError]:
    """The mandatory fields that are not there."""
    findings = [
        FieldError(f"/{name}", "missing", f"{asked.to} needs a {name.replace('_', ' ')}.")
        for name in REQUIRED.get(asked.to, ())
        if not getattr(asked, name)
    ]
    if asked.to == "on_hold" and asked.reason == "caller" and not asked.told_caller:
        sentence = "Waiting for the caller needs a public comment that tells the caller what is asked."
        findings.append(FieldError("/comment", "missing", sentence))
    return findings


def available(status: Status) -> list[dict[str, Any]]:
    """Every other state: whether it can be entered now, why not, and the fields that it needs."""
    answer = []
    for to in EVENT_OF:
        if to != status:
            why = refusal(status, to)
            needs = list(REQUIRED.get(to, ())) if why is None else []
            answer.append({"to": to, "allowed": why is None, "why": why, "requires": needs})
    return answer


def enter(
    incident: Incident,
    asked: Transition,
    at: datetime,
    now: datetime,
    changes: dict[str, Any],
    deviations: tuple[str, ...] = (),
) -> Event:
    """The event of entering a state, allowed or not: live work asks `move`, history does not.

    Leaving resolved, closed or cancelled for in_progress is a reopening. `changes` come with the
    same step (a new assignee, say) and count for the acknowledgement.
    """
    what, to = EVENT_OF[asked.to], asked.to
    effects: dict[str, Any] = {"status": to, "hold_reason": None, "closed_at": None, "cancelled_at": None}
    if to == "in_progress":
        if incident.status == "on_hold":
            what = "resumed"
        elif incident.status not in OPEN:
            what = "reopened"
            effects |= {"reopened_at": at, "reopen_count": incident.reopen_count + 1}
            effects |= {"resolution_code": None, "resolution_note": None}
            effects["outage"] = outage.reopened(incident.outage, incident.resolved_at)
    elif to == "on_hold":
        effects["hold_reason"] = asked.reason
    elif to == "resolved":
        effects |= {"resolved_at": at, "first_resolved_at": incident.first_resolved_at or at}
        effects |= {"resolution_code": asked.resolution_code, "resolution_note": asked.resolution_note}
        effects["outage"] = outage.resolved(incident.outage, at)
    else:
        effects[f"{to}_at"] = at
    effects |= changes
    if to in ("in_progress", "resolved"):
        effects["acknowledged_at"] = incident.acknowledged_at or at
    return record(incident, what, at, now, acknowledged(incident, effects, at), deviations)


def acknowledged(incident: Incident, changes: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The same changes, with acknowledged_at where they put a first person on it; a group alone does not."""
    if incident.acknowledged_at is None and changes.get("assignee") is not None:
        return {"acknowledged_at": at} | changes
    return changes
