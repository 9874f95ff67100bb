"""Conflicts of a change's planned time, each a subject of its own. Said by the change service."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from itsm_events.dependency import Node
from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Kind = Literal["same_item", "related_item", "related_service", "assignee", "outside_window", "freeze"]


class ChangeConflictEvent(Event):
    """What stands against the planned time of `change`, in [starts_at, ends_at) of it.

    `other` is the number of a change or the key of a freeze or maintenance window, `other_id` its id;
    `through` are the services and items that both have to do with.
    """

    change: str
    """Its id."""
    number: str
    kind: Kind
    other_kind: Literal["change", "maintenance_window", "freeze"]
    other_id: str
    other: str
    through: list[Node] = Field(default_factory=list)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    why: str
    present: bool
    accepted_by: Annotated[str | None, PERSON] = None
    accepted_at: AwareDatetime | None = None
    accepted_reason: Annotated[str | None, PRIVATE] = None


class ChangeConflictFound(ChangeConflictEvent):
    """It is there, for the first time or again."""

    type: ClassVar[str] = "itsm.change_conflict.found.v1"


class ChangeConflictUpdated(ChangeConflictEvent):
    """It is another time or another thing now; an acceptance that does not cover that is void."""

    type: ClassVar[str] = "itsm.change_conflict.updated.v1"


class ChangeConflictAccepted(ChangeConflictEvent):
    """Somebody who may has accepted it, with a reason."""

    type: ClassVar[str] = "itsm.change_conflict.accepted.v1"


class ChangeConflictCleared(ChangeConflictEvent):
    """It is there no more."""

    type: ClassVar[str] = "itsm.change_conflict.cleared.v1"
