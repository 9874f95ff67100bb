"""Service level policies, said by the catalog service; each version is said once and never changes."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event

Kind = Literal["sla", "ola", "underpinning"]
Measure = Literal["respond", "resolve", "fulfil"]


class Target(BaseModel):
    """So many seconds of the calendar's open time; without priority or service it is for any."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    measure: Measure
    seconds: int
    priority: str | None = None
    service: str | None = None


class Policy(BaseModel):
    """One version of a policy; as JSON it is what `itsm_sla.policy_form.policy_from` reads.

    `services` and `groups` are empty for all; `pauses` null means that every hold pauses.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str
    version: int
    name: str
    kind: Kind
    valid_from: AwareDatetime
    issued_at: AwareDatetime
    retired: bool = False
    calendar: str
    """The key of the calendar whose open time is counted."""
    services: list[str] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    targets: list[Target]
    pauses: list[str] | None = None
    thresholds: list[int]
    """Per cent of the target at which a clock speaks; 100 is the breach."""


class SlaPolicyEvent(Event):
    """A version of a policy. The subject is the policy, the sequence its version.

    `valid_from` may lie in the past; a record that was stored before `issued_at` keeps the version it has
    until it is recomputed.
    """

    key: str
    """Unique per tenant."""
    name: str
    version: int
    valid_from: AwareDatetime
    issued_at: AwareDatetime
    availability_target: float | None = None
    """The per cent of the calendar's open time, per month, in which the services are to be available."""
    policy: Policy


class SlaPolicyActivated(SlaPolicyEvent):
    """A version was made known; it governs records opened from `valid_from` on."""

    type: ClassVar[str] = "itsm.sla_policy.activated.v1"


class SlaPolicyRetired(SlaPolicyEvent):
    """The policy gives no clocks to records opened from `valid_from` on; `policy.retired` is true."""

    type: ClassVar[str] = "itsm.sla_policy.retired.v1"
