"""Meetings of a change advisory board, said by the change service."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PRIVATE


class CabMeetingEvent(Event):
    """The state of a meeting; its minutes stay in the service. Votes are said as those of approvals."""

    group: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    status: Literal["planned", "held", "cancelled"]
    agenda: list[str]
    """Ids of the changes, in order."""
    minutes: Annotated[str | None, PRIVATE] = None


class CabMeetingPlanned(CabMeetingEvent):
    """A meeting was called."""

    type: ClassVar[str] = "itsm.cab_meeting.planned.v1"


class CabMeetingUpdated(CabMeetingEvent):
    """Its time, agenda or minutes changed."""

    type: ClassVar[str] = "itsm.cab_meeting.updated.v1"


class CabMeetingHeld(CabMeetingEvent):
    """It took place."""

    type: ClassVar[str] = "itsm.cab_meeting.held.v1"


class CabMeetingCancelled(CabMeetingEvent):
    """It will not take place."""

    type: ClassVar[str] = "itsm.cab_meeting.cancelled.v1"
