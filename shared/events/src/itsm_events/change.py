"""Facts about changes, said by the change service."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE


class ChangeRequested(Event):
    """A change was asked for."""

    type: ClassVar[str] = "itsm.change.requested.v1"

    number: str
    title: str
    description: Annotated[str | None, PRIVATE] = None
    change_type: Literal["standard", "normal", "emergency"]
    status: Literal["new"]
    service: str | None = None
    requester: Annotated[str | None, PERSON] = None
    requested_at: AwareDatetime
