"""The lifecycle of a service request: which state may follow which, and what entering one does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from itsm_chassis.errors import FieldError, Invalid, Refused
from itsm_sla.calendar import Calendar

from itsm_catalog.rules.requests import delivery
from itsm_catalog.rules.requests.request import Event, HoldReason, ServiceRequest, Status, What, record

TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    "submitted": frozenset({"awaiting_approval", "in_fulfilment", "cancelled"}),
    "awaiting_approval": frozenset({"approved", "rejected", "cancelled"}),
    "approved": frozenset({"in_fulfilment", "cancelled"}),
    "rejected": frozenset(),
    "in_fulfilment": frozenset({"on_hold", "fulfilled", "cancelled"}),
    "on_hold": frozenset({"in_fulfilment", "cancelled"}),
    "fulfilled": frozenset({"closed", "in_fulfilment"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}

REQUIRED: Final[dict[Status, tuple[str, ...]]] = {
    "on_hold": ("reason",),
    "fulfilled": ("fulfilment_note",),
}

BY_VOTES: Final[frozenset[Status]] = frozenset({"awaiting_approval", "approved", "rejected"})
"""States that nobody asks for: the offering's approval rule and the votes lead there."""

EVENT_OF: Final[dict[Status, What]] = {
    "awaiting_approval": "approval_asked",
    "approved": "approved",
    "rejected": "rejected",
    "in_fulfilment": "fulfilment_started",
    "on_hold": "held",
    "fulfilled": "fulfilled",
    "closed": "closed",
    "cancelled": "cancelled",
}
TIMED: Final = frozenset({"approved", "rejected", "closed", "cancelled"})
RUNNING: Final = frozenset({"awaiting_approval", "approved", "in_fulfilment"})
"""States in which the delivery clock runs, as it does in `submitted`."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What is asked for; `told_requester` says whether a public comment comes with it."""

    to: Status
    reason: HoldReason | None = None
    fulfilment_note: str | None = None
    rejection_reason: str | None = None
    told_requester: bool = False


def move(
    request: ServiceRequest, asked: Transition, now: datetime, calendar: Calendar, at: datetime | None = None
) -> list[Event]:
    """Apply a transition; Refused where the lifecycle forbids it, Invalid where a field is missing.

    It happened `at`, now by default. A deadline that has passed before is told first.
    """
    at = at or now
    if (why := refusal(request, asked.to, now)) is not None:
        raise Refused("illegal_transition", why)
    if findings := missing(asked):
        sentence = " ".join(finding.message for finding in findings)
        raise Invalid("missing_field", sentence, tuple(findings))
    told = caught_up(request, at, now)
    state = told[-1].state if told else request
    return [*told, enter(state, asked, at, now, calendar)]


def refusal(request: ServiceRequest, to: Status, now: datetime) -> str | None:
    """Why the request cannot become `to` now, or None where it can."""
    status, allowed = request.status, TRANSITIONS[request.status]
    if to not in allowed:
        if status == to:
            return f"The request is already {to}."
        if not allowed:
            return f"The request is {status}, which is final; order again."
        return f"A request that is {status} can become {', '.join(sorted(allowed))}, not {to}."
    if status == "fulfilled" and to == "in_fulfilment":
        if request.reopen_until is None:
            return "What this offering delivers is not reopened; order again."
        if now > request.reopen_until:
            return "The days in which it could be reopened are over; order again."
    return None


def missing(asked: Transition) -> list[FieldError]:
    """The mandatory fields that are not there."""
    findings = [
        FieldError(f"/{name}", "missing", f"{asked.to} needs a {name.replace('_', ' ')}.")
        for name in REQUIRED.get(asked.to, ())
        if not getattr(asked, name)
    ]
    if asked.to == "on_hold" and asked.reason == "requester" and not asked.told_requester:
        sentence = "Waiting for the requester needs a public comment that tells them what is asked."
        findings.append(FieldError("/comment", "missing", sentence))
    return findings


def available(request: ServiceRequest, now: datetime) -> list[dict[str, Any]]:
    """Every other state: whether it can be entered now, why not, and the fields that it needs."""
    answer = []
    for to in EVENT_OF:
        if to != request.status:
            why = obstacle(request, to, now)
            needs = list(REQUIRED.get(to, ())) if why is None else []
            answer.append({"to": to, "allowed": why is None, "why": why, "requires": needs})
    return answer


def obstacle(request: ServiceRequest, to: Status, now: datetime) -> str | None:
    """Why nobody can move the request to this state, or None; votes do what people cannot ask for."""
    by_votes = f"A request becomes {to} by its offering's approval rule: vote at /v1/approvals."
    return refusal(request, to, now) or (by_votes if to in BY_VOTES else None)


def enter(
    request: ServiceRequest,
    asked: Transition,
    at: datetime,
    now: datetime,
    calendar: Calendar,
    *,
    ticks: datetime | None = None,
    changes: Mapping[str, Any] | None = None,
    deviations: tuple[str, ...] = (),
) -> Event:
    """The event of entering a state, allowed or not: live work asks `move`, history does not.

    `ticks` is when it is for the delivery clock, which never goes back as the times of a history may.
    """
    what, to = EVENT_OF[asked.to], asked.to
    clock, ticks = request.delivery, ticks or at
    effects: dict[str, Any] = {"status": to, "hold_reason": None, "closed_at": None, "cancelled_at": None}
    if to in TIMED:
        effects[f"{to}_at"] = at
    if request.status == "awaiting_approval" and request.approval_asked_at is not None:
        waited = (at - request.approval_asked_at).total_seconds()
        effects["approval_wait_s"] = request.approval_wait_s + max(0.0, waited)
    if to in RUNNING:
        if clock.running_since is None:
            clock = delivery.resumed(clock, calendar, ticks)
    else:
        clock = delivery.stopped(clock, calendar, ticks)
    if to == "awaiting_approval":
        effects["approval_asked_at"] = at
    elif to == "rejected":
        effects["rejection_reason"] = asked.rejection_reason
    elif to == "in_fulfilment":
        what, more = begun(request, at)
        effects |= more
    elif to == "on_hold":
        effects["hold_reason"] = asked.reason
    elif to == "fulfilled":
        effects |= {"fulfilled_at": at, "first_fulfilled_at": request.first_fulfilled_at or at}
        effects |= {"on_time": delivery.kept(clock), "business_s": clock.counted_s}
        effects["fulfilment_note"] = asked.fulfilment_note
        days = request.reopen_days
        effects["reopen_until"] = at + timedelta(days=days) if days else None
    shown = clock.due_at if to in RUNNING or to in ("fulfilled", "closed") else None
    effects |= {"delivery": clock, "due_at": shown}
    return record(request, what, at, now, effects | dict(changes or {}), deviations)


def begun(request: ServiceRequest, at: datetime) -> tuple[What, dict[str, Any]]:
    """What entering fulfilment is, and does: its start, the end of a hold, or a reopening."""
    if request.status == "on_hold":
        return "resumed", {}
    if request.status in ("fulfilled", "closed"):
        again = {"reopened_at": at, "reopen_count": request.reopen_count + 1}
        return "reopened", again | {"fulfilment_note": None, "on_time": None}
    return "fulfilment_started", {"fulfilment_started_at": request.fulfilment_started_at or at}


def caught_up(request: ServiceRequest, at: datetime, now: datetime) -> list[Event]:
    """The breach that has fallen due before `at`, as long as nobody has told it."""
    clock = request.delivery
    if clock.due_at is None or not delivery.broken(clock, at):
        return []
    return [record(request, "breached", clock.due_at, now, {"delivery": replace(clock, breached=True)})]
