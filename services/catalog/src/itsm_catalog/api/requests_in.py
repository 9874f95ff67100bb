"""What may be sent about orders, requests, approvals and tasks."""

from typing import Annotated, Any, Literal

from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.texts import Name, Words
from pydantic import Field, model_validator

from itsm_catalog.api.key import Key
from itsm_catalog.rules.requests.approval import Decision
from itsm_catalog.rules.requests.lifecycle import Transition
from itsm_catalog.rules.requests.ordering import Item
from itsm_catalog.rules.requests.request import HoldReason, Status

Visibility = Literal["public", "internal"]
Answers = Annotated[dict[str, Any], Field(description="Answers to the offering's form")]
Quantity = Annotated[int, Field(ge=1, le=1000)]

ABSENT: Any = Field(default_factory=lambda: None)
"""The default of a field that may be left out but not be null."""


class NewItem(StrictModel):
    """What is ordered, and for whom (by default for you)."""

    offering: Key
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] = ABSENT
    """Whose form was answered; the latest by default. An older one is taken for a day after the next."""
    answers: Answers = Field(default_factory=dict)
    quantity: Quantity = 1
    requested_for: Name | None = None

    def item(self) -> Item:
        """The same for the rules."""
        return Item(
            offering=self.offering,
            version=self.version,
            answers=self.answers,
            quantity=self.quantity,
            requested_for=self.requested_for,
        )


class NewOrder(StrictModel):
    """A cart; the comment is said on each of its requests."""

    items: Annotated[list[NewItem], Field(min_length=1, max_length=20)]
    comment: Words | None = None


class NewRequest(NewItem):
    """A single item, ordered by itself."""

    comment: Words | None = None


class RequestPatch(StrictModel):
    """A merge patch. What was ordered changes only until it is approved, and voids the votes so far."""

    answers: Answers = ABSENT
    quantity: Quantity = ABSENT


class RequestTransitionIn(StrictModel):
    """A move, with what it needs and a comment that is said with it."""

    to: Status
    reason: HoldReason | None = None
    fulfilment_note: Words | None = None
    tasks: Annotated[list[Name], Field(max_length=100)] | None = None
    """Reopening: the keys of the tasks to be done once more; the last ones by default."""
    comment: Words | None = None
    visibility: Visibility = "public"

    @model_validator(mode="after")
    def fitting(self) -> "RequestTransitionIn":
        """A field that the target state has no use for is refused, not dropped."""
        if self.reason is not None and self.to != "on_hold":
            raise ValueError("reason belongs to on_hold.")
        if self.fulfilment_note is not None and self.to != "fulfilled":
            raise ValueError("fulfilment_note belongs to fulfilled.")
        if self.tasks is not None and self.to != "in_fulfilment":
            raise ValueError("tasks belongs to in_fulfilment, from fulfilled.")
        return self

    def asked(self) -> Transition:
        """The same for the rules."""
        told = self.comment is not None and self.visibility == "public"
        return Transition(self.to, self.reason, self.fulfilment_note, told_requester=told)


class RequestCommentIn(StrictModel):
    """A comment; requesters never see internal ones."""

    body: Words
    visibility: Visibility = "public"


class VoteIn(StrictModel):
    """A vote. `voter` says in whose place, where you are the delegate of several who are asked."""

    decision: Decision
    comment: Words | None = None
    voter: Name | None = None


class TaskAssignmentIn(StrictModel):
    """Who does it; absent stays, a person of null is taken away."""

    assignment_group: Name = ABSENT
    assignee: Name | None = None

    @model_validator(mode="after")
    def something(self) -> "TaskAssignmentIn":
        """At least one of the two is said."""
        if not self.model_fields_set:
            raise ValueError("Say assignment_group, assignee or both.")
        return self


class TaskCompletionIn(StrictModel):
    """What was done."""

    note: Words | None = None
