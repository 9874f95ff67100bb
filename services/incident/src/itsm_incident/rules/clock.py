"""An SLA clock as it was last told: what is stored of it, and what its events say."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID, uuid5

from itsm_sla.business_time import elapsed
from itsm_sla.calendar import Calendar
from itsm_sla.clock import Clock, State
from itsm_sla.instant import SECOND, between
from itsm_sla.moment import Moment
from itsm_sla.policy import Kind, Measure

What = Literal["attached", "paused", "resumed", "threshold_reached", "breached", "completed", "cancelled"]
Identity = tuple[str, Measure, int]

ENTERED: Final[dict[State, What]] = {
    "running": "resumed",
    "paused": "paused",
    "completed": "completed",
    "cancelled": "cancelled",
}
BREACH: Final = 100


class Mark(NamedTuple):
    """A threshold that fires: per cent, when, and the business time that has passed then (microseconds)."""

    percent: int
    fires_at: datetime
    business_us: int


@dataclass(frozen=True, slots=True)
class Row:
    """One clock. Nothing in it depends on the time of asking, but for what was said of it.

    - version: the number of events said about it; said: the thresholds among them, in per cent
    - elapsed_us, business_us: without the stretch that lasts, which began at running_since
    - marks: every threshold that has fired or will, as far as is known now
    """

    id: str
    version: int
    policy: str
    policy_version: int
    calendar: str
    calendar_version: int
    kind: Kind
    measure: Measure
    attached_sequence: int
    state: State
    target_s: int
    started_at: datetime
    attached_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    ending: str | None
    first_completed_at: datetime | None
    elapsed_us: int
    business_us: int
    running_since: datetime | None
    marks: tuple[Mark, ...]
    said: tuple[int, ...]
    priority: str | None
    priority_at_opening: str | None
    service: str | None
    assignment_group: str | None

    @property
    def identity(self) -> Identity:
        """Tells the clocks of a record apart."""
        return self.policy, self.measure, self.attached_sequence

    @property
    def pending(self) -> tuple[Mark, ...]:
        """The thresholds that were not said yet."""
        return tuple(mark for mark in self.marks if mark.percent not in self.said)

    def breached(self, at: datetime) -> bool:
        """Whether the deadline has passed before it ended; ending at the very deadline meets it."""
        if self.due_at is None:
            return False
        return self.due_at <= at if self.ended_at is None else self.due_at < self.ended_at

    def verdict(self, at: datetime) -> str:
        """met, breached, cancelled, cancelled_after_breach, open or open_breached."""
        late = self.breached(at)
        if self.state == "completed":
            return "breached" if late else "met"
        if self.state == "cancelled":
            return "cancelled_after_breach" if late else "cancelled"
        return "open_breached" if late else "open"

    def elapsed(self, at: datetime) -> int:
        """24x7 microseconds that it ran until a moment, without pauses."""
        lasting = between(self.running_since, at) if self.running_since else 0
        return self.elapsed_us + max(0, lasting)

    def business(self, at: datetime, calendar: Calendar | None) -> int:
        """Open microseconds that it ran until a moment; without a calendar those of the closed stretches."""
        if self.running_since is None or calendar is None:
            return self.business_us
        return self.business_us + elapsed(calendar, self.running_since, at)


class Happened(NamedTuple):
    """One fact about a clock, which is `row` afterwards."""

    what: What
    at: datetime
    row: Row
    elapsed_us: int
    business_us: int
    breached: bool
    threshold: int | None = None


def subject(record: UUID, identity: Identity) -> UUID:
    """The id under which a clock appears in its events."""
    policy, measure, sequence = identity
    return uuid5(record, f"{measure} {sequence} {policy}")


def told(record: UUID, clock: Clock, latest: Moment, opening: Moment) -> Row:
    """The clock of which nothing was said yet; `latest` and `opening` are the record's moments.

    Dimensions are those at its end, or else the latest; an agreement with a group has its own group.
    """
    at = clock.ended_by or latest
    last = clock.intervals[-1] if clock.intervals else None
    lasts = last is not None and last.kind == "running" and last.end is None
    marks = tuple(
        Mark(mark.percent, mark.fires_at, mark.business)
        for mark in clock.thresholds
        if mark.fires_at is not None and mark.business is not None
    )
    return Row(
        id=str(subject(record, clock.identity)),
        version=0,
        policy=clock.policy.key,
        policy_version=clock.policy.version,
        calendar=clock.calendar.key,
        calendar_version=clock.calendar.version,
        kind=clock.policy.kind,
        measure=clock.measure,
        attached_sequence=clock.attached_by.sequence,
        state=clock.state,
        target_s=clock.target.us // SECOND,
        started_at=clock.started_at,
        attached_at=clock.attached_at,
        due_at=clock.due_at,
        ended_at=clock.ended_at,
        ending=clock.ending,
        first_completed_at=clock.first_completed_at,
        elapsed_us=clock.ran_elapsed,
        business_us=clock.ran_business,
        running_since=last.start if last and lasts else None,
        marks=marks,
        said=(),
        priority=at.priority,
        priority_at_opening=opening.priority,
        service=at.service,
        assignment_group=clock.attached_by.assignment_group if clock.policy.by_group else at.assignment_group,
    )


def unsaid(row: Row) -> Row:
    """The row without what was said of it and without dimensions: what a recompute compares."""
    return replace(row, version=0, said=(), priority=None, service=None, assignment_group=None)
