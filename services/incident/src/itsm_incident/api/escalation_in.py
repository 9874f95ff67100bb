"""Escalation rules as they come in. In a rule null or empty stands for any; in a patch null clears."""

from typing import Annotated, Any, Literal

from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.texts import Name, Words
from itsm_events.incident import Priority
from itsm_events.sla_clock import Kind
from pydantic import Field, StringConstraints

from itsm_incident.api.incoming import ABSENT

Key = Annotated[str, StringConstraints(max_length=35, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""Stands in paths as it is, and is too short to be taken for a UUID."""

Names = Annotated[list[Name], Field(max_length=50)]
Short = Annotated[Words, StringConstraints(max_length=2000)]
Role = Literal["assignee", "assignment_group", "caller"]


class MatchIn(StrictModel):
    """At which threshold, in per cent of the target (100 is the breach), of which clocks."""

    threshold: Annotated[int, Field(ge=1, le=100)] | None = None
    measure: Literal["respond", "resolve"] | None = None
    kind: Kind | None = None
    priorities: Annotated[list[Priority], Field(max_length=5)] | None = None
    services: Names | None = None
    assignment_groups: Names | None = None
    policies: Names | None = None


class ReassignIn(StrictModel):
    """Into whose hands. A group without a person gets the incident unassigned."""

    assignment_group: Name | None = None
    assignee: Name | None = None


class FlagIn(StrictModel):
    """The escalation level to raise the incident to; a higher one stays."""

    level: Annotated[int, Field(ge=1, le=9)] | None = None


class NotifyIn(StrictModel):
    """Whom to tell, roles being the incident's own at that time, and what: a template's key, words, both."""

    people: Names | None = None
    groups: Names | None = None
    roles: Annotated[list[Role], Field(max_length=3)] | None = None
    template: Name | None = None
    words: Short | None = None


class ActionsIn(StrictModel):
    """What to do; null or absent: not that."""

    reassign: ReassignIn | None = None
    flag: FlagIn | None = None
    notify: NotifyIn | None = None


class NewRule(StrictModel):
    """A rule. It acts on what clocks reach from now on, unless it is not active."""

    key: Key
    name: Name
    active: bool = True
    match: MatchIn
    actions: ActionsIn

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


class RulePatch(StrictModel):
    """A merge patch (RFC 7396), its objects merged too; the key stays for good."""

    name: Name = ABSENT
    active: bool = ABSENT
    match: MatchIn = ABSENT
    actions: ActionsIn = ABSENT

    def given(self) -> dict[str, Any]:
        """The fields that were sent, null where one is to be cleared."""
        return self.model_dump(exclude_unset=True)
