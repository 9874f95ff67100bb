"""What may be asked of past clocks."""

from datetime import datetime
from typing import Annotated, Any

from itsm_chassis.http.body import StrictModel
from pydantic import Field, model_validator

from itsm_incident.projections.recompute import Scope

Drafts = Annotated[list[dict[str, Any]], Field(max_length=50)]


class Past(StrictModel):
    """Which records: those opened in [opened_from, opened_to); all of them by default."""

    opened_from: datetime | None = None
    opened_to: datetime | None = None

    def scope(self) -> Scope:
        """The same, as the recount asks for it."""
        return Scope(self.opened_from, self.opened_to)


class RecomputeIn(Past):
    """Whether to store what differs, or only to tell it."""

    apply: bool = False


class DryRunIn(Past):
    """Drafts, each as the catalog's events have a policy or calendar. `version` is ignored, for a draft is
    the version after the latest of its key; it governs the records opened from its `valid_from` on.
    """

    policies: Drafts = Field(default_factory=list)
    calendars: Drafts = Field(default_factory=list)

    @model_validator(mode="after")
    def something(self) -> "DryRunIn":
        """At least one draft."""
        if not self.policies and not self.calendars:
            raise ValueError("Give a draft in policies or calendars.")
        return self
