"""Fulfilment tasks of service requests, each a subject of its own. Said by the catalog service."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal["waiting", "open", "in_progress", "done", "cancelled"]


class FulfilmentTaskEvent(Event):
    """The state of a task; `waiting` while the tasks before it are not done."""

    request: str
    """The id of the request."""
    key: str
    name: str
    assignment_group: str
    assignee: Annotated[str | None, PERSON] = None
    status: Status
    note: Annotated[str | None, PRIVATE] = None
    opened_at: AwareDatetime | None = None
    done_at: AwareDatetime | None = None


class FulfilmentTaskPlanned(FulfilmentTaskEvent):
    """It will have to be done."""

    type: ClassVar[str] = "itsm.fulfilment_task.planned.v1"


class FulfilmentTaskOpened(FulfilmentTaskEvent):
    """It can be begun; once more where the request was reopened."""

    type: ClassVar[str] = "itsm.fulfilment_task.opened.v1"


class FulfilmentTaskAssigned(FulfilmentTaskEvent):
    """Somebody works on it, or another group has it."""

    type: ClassVar[str] = "itsm.fulfilment_task.assigned.v1"


class FulfilmentTaskCompleted(FulfilmentTaskEvent):
    """It is done."""

    type: ClassVar[str] = "itsm.fulfilment_task.completed.v1"


class FulfilmentTaskCancelled(FulfilmentTaskEvent):
    """It need not be done any more."""

    type: ClassVar[str] = "itsm.fulfilment_task.cancelled.v1"
