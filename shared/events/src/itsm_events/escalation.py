"""Facts about escalations, said by the incident service: its rules, and each time that one was applied."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON
from itsm_events.sla_clock import Kind, Measure

Outcome = Literal["done", "unchanged", "moved_on", "nobody"]


class Match(BaseModel):
    """Which thresholds a rule is for: 100 per cent is the breach; null or empty stands for any."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    measure: Measure | None = None
    kind: Kind | None = None
    threshold: int
    priorities: list[str] = Field(default_factory=list)
    services: list[str] = Field(default_factory=list)
    assignment_groups: list[str] = Field(default_factory=list)
    policies: list[str] = Field(default_factory=list)


class EscalationRuleEvent(Event):
    """The full state of a rule; an action that it does not have is null or empty.

    - assignment_group, assignee: to whom it reassigns; level: to which escalation level it raises
    - people, groups, roles: whom it notifies, the roles being those of the incident at that time
    """

    key: str
    name: str
    active: bool
    match: Match
    assignment_group: str | None = None
    assignee: Annotated[str | None, PERSON] = None
    level: int | None = None
    people: Annotated[list[str], PERSON] = Field(default_factory=list)
    groups: list[str] = Field(default_factory=list)
    roles: list[str] = Field(default_factory=list)
    template: str | None = None
    words: str | None = None


class EscalationRuleDefined(EscalationRuleEvent):
    """There is a new rule; it acts on what is said from now on."""

    type: ClassVar[str] = "itsm.escalation_rule.defined.v1"


class EscalationRuleChanged(EscalationRuleEvent):
    """A rule has changed; `active` says whether it acts."""

    type: ClassVar[str] = "itsm.escalation_rule.changed.v1"


class EscalationApplied(Event):
    """A rule was applied to a record whose clock has reached a threshold; said once of each such three.

    `reassigned`, `flagged` and `notified` are null where the rule does not ask for it, else:

    - done: it was; unchanged: it stood so already, or higher
    - moved_on: it was left, because of what `moved_on` says: the record no longer needs it
    - nobody: nobody is there to be told
    """

    type: ClassVar[str] = "itsm.escalation.applied.v1"

    record: str
    record_type: Literal["incident", "request"]
    rule: str
    rule_version: int
    clock: str
    policy: str
    policy_version: int
    kind: Kind
    measure: Measure
    threshold: int
    due: AwareDatetime
    reassigned: Outcome | None = None
    flagged: Outcome | None = None
    notified: Outcome | None = None
    moved_on: str | None = None
