"""Request bodies of changes. An absent field is left out, null clears it where it may be empty."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.texts import Name, Title, Words
from pydantic import Field, model_validator

from itsm_change.api.key import Key
from itsm_change.rules.change import ChangeType, CloseCode, Criticality

Visibility = Literal["public", "internal"]
Names = Annotated[list[Name], Field(max_length=200)]

ABSENT: Any = Field(default_factory=lambda: None)
"""The default of a field that may be left out but not be null."""


class RiskInputsIn(StrictModel):
    """What the requester knows better than the catalog."""

    criticality: Criticality | None = None
    dependents: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class FindingIn(StrictModel):
    """What a review found, in a line; it is said on the bus. `improvement` asks for it to become one."""

    summary: Title
    improvement: bool = False


Findings = Annotated[list[FindingIn], Field(max_length=50)]


class Scope(StrictModel):
    """What it touches, and who does it."""

    description: Words | None = None
    service: Name | None = None
    affected_services: Names | None = None
    configuration_items: Names | None = None
    assignment_group: Name | None = None
    plan: Words | None = None
    test_plan: Words | None = None
    backout_plan: Words | None = None
    backout_tested: bool = ABSENT


class Details(Scope):
    """What can be told about a change at any time."""

    assignee: Name | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    risk_inputs: RiskInputsIn | None = None
    related: Names | None = None
    reverts: Name | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


class NewChange(Details):
    """A change to be asked for; what it leaves out it takes from its template. The requester is you."""

    title: Title
    change_type: ChangeType
    template: Key | None = None
    requester: Name | None = None


class ChangePatch(Details):
    """A merge patch (RFC 7396); state has its own verb."""

    title: Title = ABSENT
    change_type: ChangeType = ABSENT
    template: Key | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    backed_out: bool = ABSENT
    backed_out_at: datetime | None = None
    review_note: Words | None = None
    findings: Findings | None = None


BELONGS: Final[dict[str, tuple[str, ...]]] = {
    "planned_start": ("assess", "authorize", "scheduled"),
    "planned_end": ("assess", "authorize", "scheduled"),
    "actual_start": ("implement", "review"),
    "actual_end": ("review",),
    "close_code": ("closed",),
    "close_note": ("closed",),
    "backed_out": ("review", "closed"),
    "backed_out_at": ("review", "closed"),
    "review_note": ("closed",),
    "findings": ("closed",),
    "reason": ("new", "cancelled"),
}
"""In which states a field that comes with a transition is kept."""


class TransitionIn(StrictModel):
    """The state to enter and what comes with it."""

    to: Literal["new", "assess", "authorize", "scheduled", "implement", "review", "closed", "cancelled"]
    planned_start: datetime = ABSENT
    planned_end: datetime = ABSENT
    actual_start: datetime = ABSENT
    actual_end: datetime = ABSENT
    close_code: CloseCode = ABSENT
    close_note: Words | None = None
    backed_out: bool = ABSENT
    backed_out_at: datetime | None = None
    review_note: Words = ABSENT
    findings: Findings = ABSENT
    reason: Words | None = None
    comment: Words | None = None
    visibility: Visibility = Field("public", description="of the comment")

    @model_validator(mode="after")
    def kept(self) -> "TransitionIn":
        """A field that the state would not keep is refused, not dropped."""
        for name in self.model_fields_set & BELONGS.keys():
            if self.to not in BELONGS[name]:
                raise ValueError(f"{name} belongs to {' or '.join(BELONGS[name])}.")
        return self

    def fields(self) -> dict[str, Any]:
        """The fields of the change that come with it."""
        return self.model_dump(include=BELONGS.keys() - {"reason"}, exclude_unset=True)


class CommentIn(StrictModel):
    """A comment; requesters never see internal ones."""

    body: Words
    visibility: Visibility = "public"


class TaskIn(StrictModel):
    """A task to be done."""

    title: Title
    assignment_group: Name | None = None
    assignee: Name | None = None


class TaskPatch(StrictModel):
    """A merge patch."""

    title: Title = ABSENT
    assignment_group: Name | None = None
    assignee: Name | None = None
    status: Literal["open", "in_progress", "done", "cancelled"] = ABSENT


class DetectedIn(Scope):
    """A change that has happened without a record; the same key again only counts, until it has ended."""

    dedup_key: Name
    title: Title
    requester: Name | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None
