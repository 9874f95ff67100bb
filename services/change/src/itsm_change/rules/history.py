"""History from another desk: its times are kept as they are, and what is odd about them is counted.

What the lifecycle would have refused becomes a deviation of the event, never a refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from itsm_change.rules.change import Change, Event, Status, What, record
from itsm_change.rules.lifecycle import must_be_reviewed
from itsm_change.rules.requesting import requested

DEVIATIONS: Final[dict[str, str]] = {
    "missing_approval": "Implemented without a time of approval, though its type needs one.",
    "approved_before_proposed": "Approved before it was proposed: a clock was wrong.",
    "implemented_before_proposed": "Implemented before it was proposed: a clock was wrong, or nobody asked.",
    "implemented_before_approved": "Implemented before it was approved.",
    "closed_before_implemented": "Closed before it was implemented.",
    "closed_without_implementation": "Closed without a time of implementation; it was never implemented.",
    "backed_out_before_implemented": "Backed out before it was implemented.",
    "backed_out_without_implementation": "Backed out without a time of implementation.",
    "missing_close_code": "Closed without a close code.",
    "backed_out_as_successful": "Backed out, and closed as successful.",
    "missing_review": "Closed as unsuccessful, or an emergency, without a review.",
}

TIMES: Final = ("approved_at", "implemented_at", "backed_out_at", "closed_at")


@dataclass(frozen=True, slots=True)
class Line:
    """One change, as read from the import: its fields, and when it was what."""

    external_id: str
    proposed_at: datetime
    fields: Mapping[str, Any]
    approved_at: datetime | None = None
    implemented_at: datetime | None = None
    backed_out_at: datetime | None = None
    closed_at: datetime | None = None


def replayed(line: Line, identity: str, number: str, now: datetime) -> list[Event]:
    """Every event of the history: the request, then what is known to have happened, each at its time.

    A close code without a time closes it with the last thing that happened.
    """
    given = dict(line.fields) | {"external_id": line.external_id}
    code = given.pop("close_code", None)
    first = requested(identity, number, given, requested_at=line.proposed_at, now=now)
    events = [replace(first, state=replace(first.state, imported=True))]
    if line.approved_at is not None:
        fields = {"status": "scheduled", "approval": "approved", "approved_at": line.approved_at}
        events.append(step(events, "scheduled", line.approved_at, now, fields, of_approval(line)))
    if line.implemented_at is not None:
        at = line.implemented_at
        fields = {"status": "review", "implemented_at": at, "actual_end": at}
        events.append(step(events, "implemented", at, now, fields, of_implementation(line, first.state)))
    closed_at = line.closed_at or (latest(line) if code else None)
    after = (line.backed_out_at or line.proposed_at) > (closed_at or line.proposed_at)
    for what in ("closed", "backed_out") if after else ("backed_out", "closed"):
        if what == "closed" and closed_at is not None:
            status: Status = "closed" if line.implemented_at or line.backed_out_at or code else "cancelled"
            fields = {"status": status, "close_code": code, f"{status}_at": closed_at}
            odd = of_closing(line, first.state, code)
            events.append(step(events, status, closed_at, now, fields, odd))  # type: ignore[arg-type]  # both are events too
        elif what == "backed_out" and line.backed_out_at is not None:
            fields = {"backed_out": True, "backed_out_at": line.backed_out_at}
            events.append(step(events, "backed_out", line.backed_out_at, now, fields, of_back_out(line)))
    return events


def step(
    events: list[Event], what: What, at: datetime, now: datetime, fields: Mapping[str, Any], odd: list[str]
) -> Event:
    """The next event of a history."""
    return record(events[-1].state, what, at, now, fields, deviations=tuple(odd))


def latest(line: Line) -> datetime:
    """The last thing that is known to have happened."""
    known = (line.proposed_at, line.approved_at, line.implemented_at, line.backed_out_at)
    return max(time for time in known if time is not None)


def of_approval(line: Line) -> list[str]:
    """What is odd about the approval."""
    early = line.approved_at is not None and line.approved_at < line.proposed_at
    return ["approved_before_proposed"] if early else []


def of_implementation(line: Line, change: Change) -> list[str]:
    """What is odd about the implementation."""
    odd, at = [], line.implemented_at
    if line.approved_at is None and change.change_type != "standard":
        odd.append("missing_approval")
    if at is not None and at < line.proposed_at:
        odd.append("implemented_before_proposed")
    if at is not None and line.approved_at is not None and at < line.approved_at:
        odd.append("implemented_before_approved")
    return odd


def of_back_out(line: Line) -> list[str]:
    """What is odd about the back-out."""
    if line.implemented_at is None:
        return ["backed_out_without_implementation"]
    early = line.backed_out_at is not None and line.backed_out_at < line.implemented_at
    return ["backed_out_before_implemented"] if early else []


def of_closing(line: Line, change: Change, code: str | None) -> list[str]:
    """What is odd about the end."""
    odd = []
    if line.implemented_at is None:
        odd.append("closed_without_implementation")
    elif line.closed_at is not None and line.closed_at < line.implemented_at:
        odd.append("closed_before_implemented")
    if code is None:
        odd.append("missing_close_code")
    elif must_be_reviewed(replace(change, close_code=code)):  # type: ignore[arg-type]  # the import has checked the word
        odd.append("missing_review")
    if line.backed_out_at is not None and code == "successful":
        odd.append("backed_out_as_successful")
    return odd
