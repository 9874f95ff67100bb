"""Request bodies. An absent field is left out, null clears it where it may be empty."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.texts import Name, Title, Words
from pydantic import Field, model_validator

from itsm_incident.rules.incident import Degree, HoldReason, Level

Visibility = Literal["public", "internal"]

ABSENT: Any = Field(default_factory=lambda: None)
"""The default of a field that may be left out but not be null."""


class OutageIn(StrictModel):
    """How far the service was down. started_at defaults to opened_at, ended_at to the last resolved_at."""

    degree: Degree = ABSENT
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Details(StrictModel):
    """What can be told about an incident at any time."""

    description: Words | None = None
    category: Name | None = None
    service: Name | None = None
    configuration_items: Annotated[list[Name], Field(max_length=200)] | None = None
    channel: Name | None = None
    location: Name | None = None
    caller: Name | None = None
    outage: OutageIn | None = None
    parent_id: UUID | None = None
    related_change: Name | None = None
    caused_by_change: Name | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent, ids as text."""
        values = self.model_dump(exclude_unset=True)
        if values.get("parent_id") is not None:
            values["parent_id"] = str(values["parent_id"])
        return values


class NewIncident(Details):
    """An incident to be opened; the caller defaults to the token's subject."""

    title: Title
    impact: Level
    urgency: Level


class IncidentPatch(Details):
    """A merge patch (RFC 7396). Priority follows impact and urgency; state and hands have their own verbs."""

    title: Title = ABSENT
    impact: Level = ABSENT
    urgency: Level = ABSENT


class AssignmentIn(StrictModel):
    """Who works on it; absent stays, null takes it away."""

    assignment_group: Name | None = None
    assignee: Name | None = None

    @model_validator(mode="after")
    def something(self) -> "AssignmentIn":
        """At least one of the two is said."""
        if not self.model_fields_set:
            raise ValueError("Say assignment_group, assignee or both.")
        return self


class TransitionIn(StrictModel):
    """The state to enter and what it needs: on_hold a reason, resolved a code and a note."""

    to: Literal["in_progress", "on_hold", "resolved", "closed", "cancelled"]
    reason: HoldReason | None = None
    resolution_code: Name | None = None
    resolution_note: Words | None = None
    comment: Words | None = None
    visibility: Visibility = Field("public", description="of the comment")

    @model_validator(mode="after")
    def kept(self) -> "TransitionIn":
        """A field that the state would not keep is refused, not dropped."""
        if self.reason is not None and self.to != "on_hold":
            raise ValueError("reason belongs to on_hold.")
        if self.to != "resolved" and (self.resolution_code, self.resolution_note) != (None, None):
            raise ValueError("resolution_code and resolution_note belong to resolved.")
        return self


class CommentIn(StrictModel):
    """A comment; requesters never see internal ones."""

    body: Words
    visibility: Visibility = "public"


class WatcherIn(StrictModel):
    """Who is to watch; by default the token's subject."""

    watcher: Name | None = None
