"""Tasks of changes, each a subject of its own. Said by the change service."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PERSON


class ChangeTaskEvent(Event):
    """The state of a task."""

    change: str
    """The id of the change."""
    title: str
    assignment_group: str | None = None
    assignee: Annotated[str | None, PERSON] = None
    status: Literal["open", "in_progress", "done", "cancelled"]
    opened_at: AwareDatetime
    ended_at: AwareDatetime | None = None


class ChangeTaskOpened(ChangeTaskEvent):
    """It has to be done."""

    type: ClassVar[str] = "itsm.change_task.opened.v1"


class ChangeTaskUpdated(ChangeTaskEvent):
    """Somebody works on it, or something else about it changed."""

    type: ClassVar[str] = "itsm.change_task.updated.v1"


class ChangeTaskCompleted(ChangeTaskEvent):
    """It is done."""

    type: ClassVar[str] = "itsm.change_task.completed.v1"


class ChangeTaskCancelled(ChangeTaskEvent):
    """It need not be done any more."""

    type: ClassVar[str] = "itsm.change_task.cancelled.v1"
