"""An improvement: its fields, its states, and what each state needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid, Refused

from itsm_metrics.rules.effect import Direction
from itsm_metrics.rules.effect_windows import Windows
from itsm_metrics.rules.measured import Measured

Status = Literal[
    "identified",
    "accepted",
    "assessed",
    "approved",
    "in_progress",
    "on_hold",
    "in_review",
    "closed",
    "cancelled",
]
Source = Literal["pir", "finding", "survey", "audit", "person"]
Level = Literal["low", "medium", "high"]
StepName = Literal["what_to_measure", "baseline", "gather", "process", "analyse", "present", "implement"]
StepState = Literal["open", "in_progress", "done", "skipped"]

SEVEN: Final[tuple[StepName, ...]] = (
    "what_to_measure",
    "baseline",
    "gather",
    "process",
    "analyse",
    "present",
    "implement",
)
"""The steps of the ITIL improvement process: decide what to measure, define what can be measured and where
it stands, gather, process and analyse the data, present what they say, implement.
"""
TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    "identified": frozenset({"accepted", "cancelled"}),
    "accepted": frozenset({"assessed", "cancelled"}),
    "assessed": frozenset({"approved", "cancelled"}),
    "approved": frozenset({"in_progress", "cancelled"}),
    "in_progress": frozenset({"on_hold", "in_review", "cancelled"}),
    "on_hold": frozenset({"in_progress", "cancelled"}),
    "in_review": frozenset({"closed", "cancelled"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
USUAL: Final = Windows()
ENDED: Final[frozenset[Status]] = frozenset({"closed", "cancelled"})
UNDERWAY: Final[frozenset[Status]] = frozenset({"in_progress", "on_hold", "in_review"})
PROMISED: Final = ("kpi", "filters", "direction", "baseline", "target", "objective", "windows")
"""What it will be judged by; fixed once work has begun, so that nobody moves the goal."""
REACHED: Final[dict[Status, str]] = {
    "accepted": "accepted_at",
    "assessed": "assessed_at",
    "approved": "approved_at",
    "in_progress": "started_at",
    "in_review": "implemented_at",
    "closed": "closed_at",
    "cancelled": "cancelled_at",
}
TAKEN: Final[dict[str, frozenset[Status]]] = {
    "reason": frozenset({"on_hold", "cancelled"}),
    "started_at": frozenset({"in_progress"}),
    "implemented_at": frozenset({"in_review"}),
    "outcome": frozenset({"closed"}),
}
"""Which fields come with which transition."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where the figure stood, of [since, until) where it was `measured` and not stated."""

    value: float
    n: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven steps, and who said so when."""

    step: StepName
    state: StepState = "open"
    note: str | None = None
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """An improvement, field by field as it is shown."""

    id: UUID
    number: str
    version: int = 1
    title: str
    description: str | None = None
    status: Status = "identified"
    source: Source = "person"
    reference: str | None = None
    priority: Level | None = None
    benefit: Level | None = None
    effort: Level | None = None
    cost: float | None = None
    currency: str | None = None
    owner: str | None = None
    registered_by: str | None = None
    business_unit: str | None = None
    service: str | None = None
    kpi: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    direction: Direction | None = None
    baseline: Baseline | None = None
    target: float | None = None
    objective: str | None = None
    windows: Windows = USUAL
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    started_at: datetime | None = None
    implemented_at: datetime | None = None
    steps: tuple[Step, ...] = tuple(Step(name) for name in SEVEN)
    effect: Measured | None = None
    outcome: str | None = None
    reason: str | None = None
    identified_at: datetime
    accepted_at: datetime | None = None
    assessed_at: datetime | None = None
    approved_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def verdict(self) -> str | None:
        """What was shown of its figure when it closed."""
        return self.effect.verdict if self.effect else None


def refusal(status: Status, to: Status) -> str | None:
    """Why an improvement in `status` cannot become `to`, or None where it can."""
    allowed = TRANSITIONS[status]
    if to in allowed:
        return None
    if status == to:
        return f"The improvement is already in {to}."
    if not allowed:
        return f"The improvement is {status}, which is final; register a new one."
    return f"An improvement in {status} can become {' or '.join(sorted(allowed))}, not {to}."


def required(improvement: Improvement, to: Status) -> tuple[str, ...]:
    """The fields that are still missing for a state; of `kpi` and `objective` one is enough."""
    needed: dict[Status, Sequence[str]] = {
        "accepted": () if improvement.objective else ("kpi",),
        "assessed": ("benefit", "effort"),
        "approved": ("owner",),
        "on_hold": ("reason",),
        "cancelled": ("reason",),
        "closed": () if improvement.kpi else ("outcome",),
    }
    given = () if to in TAKEN["reason"] else ("kpi", "benefit", "effort", "owner")
    return tuple(
        name for name in needed.get(to, ()) if name not in given or getattr(improvement, name) is None
    )


def move(improvement: Improvement, to: Status, given: Mapping[str, Any], now: datetime) -> Improvement:
    """The improvement in its next state; Refused where it cannot enter it, Invalid where a field is missing.

    `given` are fields that come with the transition: see `TAKEN`.
    """
    if (why := refusal(improvement.status, to)) is not None:
        raise Refused("illegal_transition", why)
    if missing := [name for name in required(improvement, to) if given.get(name) is None]:
        raise Invalid(
            "missing_field",
            f"{to} needs {' and '.join(missing)}" + (" (or an objective)." if "kpi" in missing else "."),
            tuple(FieldError(f"/{name}", "missing", f"{to} needs it.") for name in missing),
        )
    reached: dict[str, Any] = {}
    if (stamp := REACHED.get(to)) and getattr(improvement, stamp) is None:
        reached[stamp] = now
    fields = {name: value for name, value in given.items() if value is not None}
    back = to == "in_progress" and improvement.status == "on_hold"
    after = replace(
        improvement,
        **reached | fields | ({"reason": None} if back else {}),
        status=to,
        version=improvement.version + 1,
    )
    timely(after, now)
    return after


def timely(improvement: Improvement, now: datetime) -> None:
    """Invalid where the work ends before it begins, or lies in the future."""
    start, end = improvement.started_at, improvement.implemented_at
    for name, moment in (("started_at", start), ("implemented_at", end)):
        if moment is not None and moment > now:
            raise wrong(name, f"{name} must not lie in the future: say it when it is so.")
    if start is not None and end is not None and end < start:
        raise wrong("implemented_at", "implemented_at must not lie before started_at.")
    first, last = improvement.planned_start, improvement.planned_end
    if first is not None and last is not None and last <= first:
        raise wrong("planned_end", "planned_end must lie after planned_start.")


def available(improvement: Improvement) -> list[dict[str, Any]]:
    """Every other state: whether it can be entered now, why not, and what it needs."""
    items = []
    for to in TRANSITIONS:
        if to != improvement.status:
            why = refusal(improvement.status, to)
            needs = list(required(improvement, to)) if why is None else []
            items.append({"to": to, "allowed": why is None, "why": why, "requires": needs})
    return items


def edited(improvement: Improvement, given: Mapping[str, Any], now: datetime) -> Improvement | None:
    """The improvement after an edit; None where nothing changes, Refused where it is too late."""
    after = replace(improvement, **given)
    if after == improvement:
        return None
    if improvement.status in ENDED:
        raise Refused("record_ended", f"The improvement is {improvement.status}: it can no longer change.")
    moved = [name for name in PROMISED if getattr(after, name) != getattr(improvement, name)]
    if moved and improvement.status in UNDERWAY:
        sentence = f"{', '.join(moved)}: what it will be judged by is fixed once work has begun."
        raise Refused("fixed", sentence, tuple(FieldError(f"/{name}", "fixed", sentence) for name in moved))
    if improvement.status != "identified" and after.kpi is None and after.objective is None:
        raise wrong("kpi", "An accepted improvement keeps a kpi or an objective.")
    timely(after, now)
    return replace(after, version=improvement.version + 1)


def stepped(
    improvement: Improvement, name: StepName, given: Mapping[str, Any], by: str, now: datetime
) -> Improvement | None:
    """The improvement after work on one of its steps; None where nothing changes."""
    steps = tuple(
        replace(step, **given, by=by, at=now)
        if step.step == name and replace(step, **given) != step
        else step
        for step in improvement.steps
    )
    return edited(improvement, {"steps": steps}, now)


def wrong(name: str, sentence: str) -> Invalid:
    """One field that cannot be so."""
    return Invalid("invalid_field", sentence, (FieldError(f"/{name}", "invalid", sentence),))
