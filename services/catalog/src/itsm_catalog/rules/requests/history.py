"""History from another desk, step by step: any state may follow any other, and what is odd is counted.

The states and times are the source's; what the lifecycle would have refused becomes a deviation of
the event, never a refusal. Nothing is said to be late of what was due before the import.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from itsm_sla.calendar import Calendar

from itsm_catalog.rules.requests import delivery
from itsm_catalog.rules.requests.lifecycle import TRANSITIONS, Transition, enter
from itsm_catalog.rules.requests.offer import Offer
from itsm_catalog.rules.requests.request import (
    ENDED,
    Event,
    HoldReason,
    ServiceRequest,
    Status,
    record,
)

DEVIATIONS: Final[dict[str, str]] = {
    "unusual_transition": "The live lifecycle does not allow this state after the one before.",
    "closed_without_fulfilled": "Closed while not fulfilled; a fulfilment at the same time is implied.",
    "time_before_predecessor": "Its time lies before that of the step before; the file's order is kept.",
    "time_equal_to_predecessor": "Its time equals that of the step before.",
    "over_a_year_since_predecessor": "More than a year passed since the step before.",
    "missing_hold_reason": "On hold without a reason.",
    "hold_reason_outside_hold": "A hold reason on a step that is not on hold; it is not kept.",
    "unknown_offering": "There is no such offering.",
    "unknown_offering_version": "The offering has no such version; there is no promise to count.",
    "service_ended": "It is open, though its service is retired or cancelled.",
}
LONG: Final = timedelta(days=365)
DONE: Final[frozenset[Status]] = ENDED | {"fulfilled"}


@dataclass(frozen=True, slots=True)
class Step:
    """One item of a history."""

    at: datetime
    to: Status
    reason: HoldReason | None = None
    source_state: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request with its history, as read from the import."""

    external_id: str
    offering: str
    offering_version: int | None = None
    service: str | None = None
    requester: str
    requested_for: str | None = None
    business_unit: str | None = None
    submitted_at: datetime
    steps: tuple[Step, ...]


def replayed(
    line: Line,
    identity: UUID,
    number: str,
    order: str,
    offer: Offer | None,
    service: str | None,
    calendar: Calendar,
    now: datetime,
) -> list[list[Event]]:
    """The events of the submission, then those of each step: at least one.

    `offer` is the version that the line names, if it does and there is one: its promise is counted.
    `service` is the offering's today, for a line that names neither a service nor a version.
    """
    at = line.submitted_at
    clock = delivery.begun(offer.delivery_time_s if offer else None, calendar, at)
    state = ServiceRequest(
        id=identity,
        number=number,
        external_id=line.external_id,
        order=order,
        offering=line.offering,
        offering_version=line.offering_version,
        service=line.service or (offer.service if offer else service),
        requester=line.requester,
        requested_for=line.requested_for or line.requester,
        business_unit=line.business_unit,
        submitted_at=at,
        reopen_days=offer.reopen_days if offer else 0,
        due_at=clock.due_at,
        delivery=clock,
        imported=True,
        created_at=now,
        updated_at=now,
    )
    told = [[Event("submitted", at, state)]]
    previous, latest = None, at
    for step in line.steps:
        latest = max(latest, step.at)
        told.append(advanced(told[-1][-1].state, step, previous, latest, calendar, now))
        previous = step.at
    last = told[-1][-1]
    if delivery.broken(last.state.delivery, now):
        silent = replace(last.state, delivery=replace(last.state.delivery, breached=True))
        told[-1][-1] = replace(last, state=silent)
    return told


def remarked(
    told: list[list[Event]], line: Line, offer: Offer | None, *, known: bool, ended: bool
) -> list[list[Event]]:
    """The events, with what is odd about what was ordered: is the offering known, has the service ended."""
    odd = [] if known else ["unknown_offering"]
    if known and offer is None and line.offering_version is not None:
        odd.append("unknown_offering_version")
    if ended and told[-1][-1].state.status not in DONE:
        odd.append("service_ended")
    [first] = told[0]
    return [[replace(first, deviations=(*odd, *first.deviations))], *told[1:]]


def advanced(
    request: ServiceRequest,
    step: Step,
    previous: datetime | None,
    ticks: datetime,
    calendar: Calendar,
    now: datetime,
) -> list[Event]:
    """The events of one step: one, or two where it implies another before it.

    Closed while work goes on is fulfilled first; on hold after the end is reopened first.
    """
    changes = {"source_state": step.source_state}
    odd = timing(request, step, previous)
    if step.reason is not None and step.to != "on_hold":
        odd.append("hold_reason_outside_hold")
    if step.to in (request.status, "submitted"):
        odd += ["unusual_transition"] if step.to != request.status else []
        reason = step.reason if step.to == "on_hold" else request.hold_reason
        return [record(request, "updated", step.at, now, changes | {"hold_reason": reason}, tuple(odd))]
    if step.to not in TRANSITIONS[request.status]:
        odd.append("unusual_transition")
    if step.to == "on_hold" and step.reason is None:
        odd.append("missing_hold_reason")
    ways = [step.to]
    if step.to == "closed" and request.status not in DONE:
        odd.append("closed_without_fulfilled")
        ways.insert(0, "fulfilled")
    elif step.to == "on_hold" and request.status in DONE:
        ways.insert(0, "in_fulfilment")
    events: list[Event] = []
    for to in ways:
        state = events[-1].state if events else request
        asked = Transition(to, reason=step.reason)
        deviations = () if events else tuple(odd)
        events.append(
            enter(state, asked, step.at, now, calendar, ticks=ticks, changes=changes, deviations=deviations)
        )
    return events


def timing(request: ServiceRequest, step: Step, previous: datetime | None) -> list[str]:
    """What is odd about the time; the first step may well happen at the submission itself."""
    before = previous or request.submitted_at
    if step.at < before:
        return ["time_before_predecessor"]
    if previous is not None and step.at == previous:
        return ["time_equal_to_predecessor"]
    return ["over_a_year_since_predecessor"] if step.at - before > LONG else []
