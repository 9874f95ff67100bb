"""The three state machines of changes: tables, a function that applies them, one that enters a state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from itsm_chassis.errors import FieldError, Invalid, Refused

from itsm_change.rules.change import Change, ChangeType, Event, Status, What, record
from itsm_change.rules.interval import LONGEST
from itsm_change.rules.obstacles import Obstacle

NOWHERE: Final[frozenset[Status]] = frozenset()


def path(*states: Status) -> dict[Status, frozenset[Status]]:
    """A way from state to state, that can be cancelled up to and including implement."""
    ways: dict[Status, frozenset[Status]] = {"closed": NOWHERE, "cancelled": NOWHERE}
    for here, there in pairwise(states):
        ways[here] = frozenset({there}) if here == "review" else frozenset({there, "cancelled"})
    if "authorize" in ways:
        ways["authorize"] |= {"new"}
    return ways


TRANSITIONS: Final[dict[ChangeType, dict[Status, frozenset[Status]]]] = {
    "standard": path("new", "scheduled", "implement", "review", "closed"),
    "normal": path("new", "assess", "authorize", "scheduled", "implement", "review", "closed"),
    "emergency": path("new", "authorize", "scheduled", "implement", "review", "closed"),
}

UNAUTHORIZED: Final[dict[Status, frozenset[Status]]] = {
    "authorize": frozenset({"review", "cancelled"}),
    "review": frozenset({"closed"}),
    "closed": NOWHERE,
    "cancelled": NOWHERE,
}
"""It has happened already: there is nothing to authorize, only to review."""

STATES: Final[tuple[Status, ...]] = (
    "new",
    "assess",
    "authorize",
    "scheduled",
    "implement",
    "review",
    "closed",
    "cancelled",
)

EVENT_OF: Final[dict[Status, What]] = {
    "new": "rejected",
    "assess": "assessment_started",
    "authorize": "authorization_asked",
    "scheduled": "scheduled",
    "implement": "implementation_started",
    "review": "implemented",
    "closed": "closed",
    "cancelled": "cancelled",
}

SKEW: Final = timedelta(minutes=5)
"""So far may another clock be ahead of ours."""

WINDOW: Final = ("planned_start", "planned_end")


@dataclass(frozen=True, slots=True)
class Transition:
    """What is asked for: `fields` of the change that come with it, and why."""

    to: Status
    fields: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


def ways(change: Change) -> frozenset[Status]:
    """The states that the lifecycle allows next."""
    table = UNAUTHORIZED if change.unauthorized else TRANSITIONS[change.change_type]
    return table.get(change.status, NOWHERE)


def refusal(change: Change, to: Status) -> str | None:
    """Why the change cannot become `to`, or None where it can."""
    allowed = ways(change)
    if to in allowed:
        return None
    kind = "unauthorised" if change.unauthorized else change.change_type
    if change.status == to:
        return f"The change is already in {to}."
    if not allowed:
        return f"The change is {change.status}, which is final; request a new one that refers to it."
    return (
        f"A change that is {kind} and in {change.status} can become {', '.join(sorted(allowed))}, not {to}."
    )


def required(change: Change, to: Status) -> tuple[str, ...]:
    """The fields that entering a state demands, and that the change does not have yet."""
    needed: tuple[str, ...] = ()
    if to == "authorize" or (to == "scheduled" and change.change_type == "standard"):
        needed = WINDOW
    elif to == "new":
        return ("reason",)
    elif to == "closed":
        reviewed = must_be_reviewed(change) or change.backed_out
        needed = ("close_code", "review_note") if reviewed else ("close_code",)
    return tuple(name for name in needed if getattr(change, name) is None)


def must_be_reviewed(change: Change) -> bool:
    """Whether it cannot be closed without a review note."""
    return change.change_type == "emergency" or change.close_code == "unsuccessful"


def move(change: Change, asked: Transition, obstacles: Sequence[Obstacle], now: datetime) -> Event:
    """Apply a transition; Refused where lifecycle or circumstances forbid it, Invalid where a field is
    missing. `obstacles` stand before the state that is asked for.
    """
    if (why := refusal(change, asked.to)) is not None:
        raise Refused("illegal_transition", why)
    if asked.to == "scheduled" and change.change_type != "standard" and asked.fields.keys() & set(WINDOW):
        raise wrong("planned_start", "The window was approved: edit it first, which asks for approval anew.")
    event = enter(change, asked, now, now)
    missing = [name for name in required(event.state, asked.to) if name != "reason" or not asked.reason]
    if missing:
        findings = tuple(
            FieldError(f"/{name}", "missing", f"{asked.to} needs a {name.replace('_', ' ')}.")
            for name in missing
        )
        raise Invalid("missing_field", " ".join(finding.message for finding in findings), findings)
    if asked.to == "closed" and event.state.backed_out and event.state.close_code != "unsuccessful":
        raise wrong("close_code", "What was backed out was unsuccessful.")
    check_times(event.state, now)
    refuse_obstacles(asked.to, obstacles)
    return event


def refuse_obstacles(to: Status, obstacles: Sequence[Obstacle]) -> None:
    """Refused where something stands before a state."""
    if obstacles:
        raise Refused(
            "obstacles",
            f"The change cannot be {to}: " + " ".join(each.message for each in obstacles),
            tuple(FieldError("", each.code, each.message) for each in obstacles),
        )


def check_times(change: Change, now: datetime) -> None:
    """Invalid where an interval ends before it has begun, or what has happened lies in the future."""
    for name in ("actual_start", "actual_end", "backed_out_at"):
        moment = getattr(change, name)
        if moment is not None and moment > now + SKEW:
            raise wrong(name, f"{name} lies in the future: only what has happened is told.")
    for start, end in (("planned_start", "planned_end"), ("actual_start", "actual_end")):
        first, last = getattr(change, start), getattr(change, end)
        if first is not None and last is not None and last <= first and end == "planned_end":
            raise wrong(end, f"{end} must lie after {start}: the window is [{start}, {end}).")
        if first is not None and last is not None and last - first > LONGEST and end == "planned_end":
            raise wrong(end, f"A change is planned for at most {LONGEST.days} days: plan several, in steps.")
        if first is not None and last is not None and last < first:
            raise wrong(end, f"{end} must not lie before {start}.")
    if change.backed_out_at is not None and not change.backed_out:
        raise wrong("backed_out_at", "backed_out_at belongs to a change that was backed out.")


def wrong(name: str, sentence: str) -> Invalid:
    """One field that does not fit."""
    return Invalid("invalid_field", sentence, (FieldError(f"/{name}", "invalid", sentence),))


def available(change: Change, obstacles: Mapping[Status, Sequence[Obstacle]]) -> list[dict[str, Any]]:
    """Every other state: whether it can be entered now, why not, what is in the way of it, what it needs."""
    answer = []
    for to in STATES:
        if to == change.status:
            continue
        why = refusal(change, to)
        stops = obstacles.get(to, ()) if why is None else ()
        if stops:
            why = " ".join(each.message for each in stops)
        answer.append(
            {
                "to": to,
                "allowed": why is None,
                "why": why,
                "obstacles": [{"code": each.code, "message": each.message} for each in stops],
                "requires": list(required(change, to)) if why is None else [],
            }
        )
    return answer


def enter(
    change: Change, asked: Transition, at: datetime, now: datetime, deviations: tuple[str, ...] = ()
) -> Event:
    """The event of entering a state, allowed or not: live work asks `move`, history does not."""
    to = asked.to
    effects: dict[str, Any] = {"status": to} | dict(asked.fields)
    if to == "new":
        effects |= {"approval": "rejected", "approved_at": None}
    elif to == "implement":
        effects["actual_start"] = effects.get("actual_start") or change.actual_start or at
    elif to == "review":
        effects["implemented_at"] = at
        effects["actual_end"] = effects.get("actual_end") or change.actual_end or at
    elif to == "scheduled" and change.change_type == "standard":
        effects["approval"] = "not_required"
    elif to in ("closed", "cancelled"):
        effects[f"{to}_at"] = at
    if effects.get("backed_out") and not (effects.get("backed_out_at") or change.backed_out_at):
        effects["backed_out_at"] = at
    return record(change, EVENT_OF[to], at, now, effects, deviations=deviations, reason=asked.reason)
