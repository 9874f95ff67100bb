"""Facts about SLA clocks, said by the service that owns the record.

Each clock is a subject of its own: one target of one policy for one record. `time` is when it happened or
fell due, not when somebody noticed.
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from itsm_events.event import Event

Kind = Literal["sla", "ola", "underpinning"]
Measure = Literal["respond", "resolve", "fulfil"]
State = Literal["running", "paused", "completed", "cancelled"]
Ending = Literal[
    "responded",
    "resolved",
    "fulfilled",
    "group_changed",
    "target_changed",
    "record_cancelled",
    "withdrawn",
]


class SlaClockEvent(Event):
    """The full state of a clock after the event.

    - target_s, business_s: open time of the policy's calendar, without pauses, in seconds
    - elapsed_s: 24x7 time that it ran, without pauses, in seconds; all durations exact to the microsecond
    - due_at: the deadline; null while paused before it
    - breached: whether the deadline has passed before the clock ended
    - ending: why it ended; `withdrawn` where a policy version that came late, or a recompute, took it back
    - first_completed_at: the first of several completions of a record that was reopened
    - priority, service, assignment_group: those of the record at the event; of an OLA or underpinning
      contract the group whose stay it counts, also where the event is that the record leaves it
    """

    record: str
    """The id of the record."""
    record_type: str
    """The noun of its events, such as incident."""
    policy: str
    policy_version: int
    calendar: str
    calendar_version: int
    kind: Kind
    measure: Measure
    state: State
    breached: bool
    target_s: int
    started_at: AwareDatetime
    due_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    ending: Ending | None = None
    first_completed_at: AwareDatetime | None = None
    elapsed_s: float
    business_s: float
    priority: str | None = None
    priority_at_opening: str | None = None
    service: str | None = None
    assignment_group: str | None = None
    threshold: int | None = None
    """Per cent of the target; only where a threshold was reached, 100 where it was breached."""
    due: AwareDatetime | None = None
    """When that threshold fell due."""


class SlaClockAttached(SlaClockEvent):
    """A target came into force for a record; it may count from before."""

    type: ClassVar[str] = "itsm.sla_clock.attached.v1"


class SlaClockPaused(SlaClockEvent):
    """The clock stands still."""

    type: ClassVar[str] = "itsm.sla_clock.paused.v1"


class SlaClockResumed(SlaClockEvent):
    """The clock goes on: the hold is over, or the record was reopened."""

    type: ClassVar[str] = "itsm.sla_clock.resumed.v1"


class SlaClockThresholdReached(SlaClockEvent):
    """A share of the target has passed; said once each. The breach is an event of its own."""

    type: ClassVar[str] = "itsm.sla_clock.threshold_reached.v1"


class SlaClockBreached(SlaClockEvent):
    """The deadline has passed and the clock goes on; said once."""

    type: ClassVar[str] = "itsm.sla_clock.breached.v1"


class SlaClockCompleted(SlaClockEvent):
    """What was agreed is done, in time or `breached`; said again where a record is reopened meanwhile."""

    type: ClassVar[str] = "itsm.sla_clock.completed.v1"


class SlaClockCancelled(SlaClockEvent):
    """The target is no longer in force: `ending` says why."""

    type: ClassVar[str] = "itsm.sla_clock.cancelled.v1"
