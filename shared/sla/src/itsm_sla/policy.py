"""Service level policies: what was agreed, for what, and when its clock stands still."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from itsm_sla.instant import SECOND
from itsm_sla.moment import Moment, Resource

Kind = Literal["sla", "ola", "underpinning"]
Measure = Literal["respond", "resolve", "fulfil"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
MEASURED: Final[dict[Resource, tuple[Measure, ...]]] = {
    "incident": ("respond", "resolve"),
    "request": ("respond", "fulfil"),
}
"""Which targets a record can have."""

THRESHOLDS: Final = (50, 75, 90, 100)
"""Per cent of the target at which events are said; at 100 it is breached."""


@dataclass(frozen=True, slots=True)
class Target:
    """So many seconds of open time until a record is responded to, resolved or fulfilled.

    None stands for any priority, any service.
    """

    measure: Measure
    seconds: int
    priority: str | None = None
    service: str | None = None

    @property
    def us(self) -> int:
        """The target in microseconds."""
        return self.seconds * SECOND

    @property
    def rank(self) -> tuple[bool, bool]:
        """How closely it is drawn: one for a service before one for a priority, before one for anything."""
        return self.service is not None, self.priority is not None


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy.

    - kind: an SLA counts from the opening of the record; an OLA (with another team) and an underpinning
      contract (with a supplier) from its assignment to the group until it leaves the group
    - calendar: the key of the calendar whose open time is counted
    - services, groups: what it is for; empty for all
    - pauses: the hold reasons that pause it; None for every hold, with a reason or without
    """

    key: str
    version: int
    name: str
    kind: Kind
    valid_from: datetime
    issued_at: datetime
    calendar: str
    targets: tuple[Target, ...]
    services: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    pauses: frozenset[str] | None = None
    thresholds: tuple[int, ...] = THRESHOLDS
    retired: bool = False

    @property
    def by_group(self) -> bool:
        """Whether its clock belongs to one stay in an assignment group."""
        return self.kind != "sla"

    @property
    def measures(self) -> frozenset[Measure]:
        """What it has targets for."""
        return frozenset(each.measure for each in self.targets)

    def target(self, measure: Measure, moment: Moment) -> Target | None:
        """The closest target for a record in this state, or None where the policy is not for it."""
        if not self._concerns(moment):
            return None
        fitting = [
            each
            for each in self.targets
            if each.measure == measure
            and each.priority in (None, moment.priority)
            and each.service in (None, moment.service)
        ]
        return max(fitting, key=lambda each: each.rank, default=None)

    def _concerns(self, moment: Moment) -> bool:
        if self.services and moment.service not in self.services:
            return False
        if self.groups:
            return moment.assignment_group in self.groups
        return moment.assignment_group is not None or not self.by_group

    def paused_by(self, moment: Moment) -> bool:
        """Whether a record in this state stops its clock for the while."""
        return moment.phase == "held" and (self.pauses is None or moment.hold_reason in self.pauses)
