"""A release: changes that go into operation together, its lifecycle, and what stands in its way."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from itsm_chassis.errors import FieldError, Invalid, Refused

from itsm_change.rules.card import written
from itsm_change.rules.change import ENDED as CHANGE_ENDED
from itsm_change.rules.change import Change
from itsm_change.rules.change import Status as ChangeStatus

Status = Literal[
    "planning", "build", "test", "ready", "deploying", "deployed", "rolled_back", "closed", "cancelled"
]

TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    "planning": frozenset({"build", "cancelled"}),
    "build": frozenset({"test", "cancelled"}),
    "test": frozenset({"ready", "build", "cancelled"}),
    "ready": frozenset({"deploying", "cancelled"}),
    "deploying": frozenset({"deployed", "rolled_back"}),
    "deployed": frozenset({"closed"}),
    "rolled_back": frozenset({"closed"}),
    "closed": frozenset(),
    "cancelled": frozenset(),
}
OPEN: Final[frozenset[Status]] = frozenset({"planning", "build", "test", "ready"})
"""What it groups may still change."""

ENDED: Final[frozenset[Status]] = frozenset({"closed", "cancelled"})

REACHED: Final[dict[Status, str]] = {
    "deploying": "deployment_started_at",
    "deployed": "deployed_at",
    "rolled_back": "rolled_back_at",
    "closed": "closed_at",
    "cancelled": "cancelled_at",
}
TIMES: Final = ("planned_start", "planned_end", "planned_at", *REACHED.values())

NEEDED: Final[dict[Status, tuple[frozenset[ChangeStatus], str]]] = {
    "deploying": (frozenset({"scheduled", "implement"}), "scheduled or in implement"),
    "deployed": (frozenset({"review", "closed", "cancelled"}), "implemented or cancelled"),
    "closed": (CHANGE_ENDED, "closed or cancelled"),
}
"""Where every change has to be before the release enters a state, and how that is said."""


class Grouped(NamedTuple):
    """A change of the release."""

    id: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release, field by field as it is shown."""

    id: str
    number: str
    version: int = 1
    name: str
    description: str | None = None
    status: Status = "planning"
    service: str | None = None
    assignment_group: str | None = None
    manager: str | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    changes: tuple[Grouped, ...] = ()
    planned_at: datetime
    deployment_started_at: datetime | None = None
    deployed_at: datetime | None = None
    rolled_back_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason: str | None = None


def refusal(status: Status, to: Status) -> str | None:
    """Why a release in `status` cannot become `to`, or None where it can."""
    allowed = TRANSITIONS[status]
    if to in allowed:
        return None
    if status == to:
        return f"The release is already in {to}."
    if not allowed:
        return f"The release is {status}, which is final; plan a new one."
    return f"A release in {status} can become {' or '.join(sorted(allowed))}, not {to}."


def obstacles(to: Status, changes: Sequence[Change]) -> list[FieldError]:
    """Every change that is not where the state needs it, in the order of the release."""
    if to not in NEEDED:
        return []
    if to == "deploying" and not changes:
        return [FieldError("", "no_changes", "The release groups no change yet: add what it deploys.")]
    allowed, there = NEEDED[to]
    return [
        FieldError(
            f"/changes/{index}",
            "change_not_there",
            f"{each.number} is in {each.status}: it has to be {there} first.",
        )
        for index, each in enumerate(changes)
        if each.status not in allowed
    ]


def required(to: Status) -> tuple[str, ...]:
    """What has to come with the transition."""
    return ("reason",) if to == "rolled_back" else ()


def move(
    release: Release, to: Status, reason: str | None, changes: Sequence[Change], now: datetime
) -> Release:
    """The release in its next state; Refused with every obstacle, Invalid where the reason is missing."""
    if (why := refusal(release.status, to)) is not None:
        raise Refused("illegal_transition", why)
    if required(to) and reason is None:
        sentence = f"{to} needs a reason: what went wrong?"
        raise Invalid("missing_field", sentence, (FieldError("/reason", "missing", sentence),))
    if found := obstacles(to, changes):
        sentence = " ".join(each.message for each in found)
        raise Refused("obstacles", f"The release cannot become {to}: {sentence}", tuple(found))
    reached = {REACHED[to]: now} if to in REACHED else {}
    fields: dict[str, Any] = {"status": to, "version": release.version + 1} | reached
    return replace(release, **fields | ({"reason": reason} if reason else {}))


def available(release: Release, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Every other state: whether it can be entered now, why not, what is in the way, what it needs."""
    items = []
    for to in TRANSITIONS:
        if to == release.status:
            continue
        why = refusal(release.status, to)
        found = obstacles(to, changes) if why is None else []
        needs = list(required(to)) if why is None else []
        stops = [{"code": each.code, "message": each.message} for each in found]
        items.append(
            {
                "to": to,
                "allowed": why is None and not found,
                "why": why or " ".join(each.message for each in found) or None,
                "obstacles": stops,
                "requires": needs,
            }
        )
    return items


def edited(release: Release, given: Mapping[str, Any]) -> Release | None:
    """The release after an edit; None where nothing changes, Refused once it has ended."""
    after = replace(release, **given)
    if after == release:
        return None
    if release.status in ENDED:
        raise Refused("record_ended", f"The release is {release.status}: it can no longer change.")
    check(after)
    return replace(after, version=release.version + 1)


def check(release: Release) -> None:
    """Invalid where the planned window ends before it begins."""
    start, end = release.planned_start, release.planned_end
    if start is not None and end is not None and end <= start:
        sentence = "planned_end must lie after planned_start: the window is [planned_start, planned_end)."
        raise Invalid("invalid_field", sentence, (FieldError("/planned_end", "invalid", sentence),))


def regrouped(release: Release, changes: Sequence[Grouped]) -> Release | None:
    """The release with other changes; None where they are the same, Refused once it is being deployed."""
    if tuple(changes) == release.changes:
        return None
    if release.status not in OPEN:
        raise Refused(
            "changes_fixed", f"The release is in {release.status}: what it groups is fixed from deploying on."
        )
    return replace(release, changes=tuple(changes), version=release.version + 1)


def write(release: Release) -> str:
    """JSON text."""
    data: dict[str, Any] = asdict(release)
    data |= {name: written(data[name]) for name in TIMES if data[name] is not None}
    data["changes"] = [each._asdict() for each in release.changes]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Release:
    """The release behind a card."""
    data: dict[str, Any] = json.loads(text)
    data |= {name: datetime.fromisoformat(data[name]) for name in TIMES if data[name] is not None}
    data["changes"] = tuple(Grouped(**each) for each in data["changes"])
    return Release(**data)
