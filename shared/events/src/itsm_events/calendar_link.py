"""Signed links to the change calendar. Said by the change service; what opens them is said nowhere."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PERSON


class CalendarLinkEvent(Event):
    """Whose link it is, and what it shows."""

    person: Annotated[str | None, PERSON] = None
    service: str | None = None
    configuration_item: str | None = None
    change_type: str | None = None
    revoked: bool
    created_at: AwareDatetime


class CalendarLinkCreated(CalendarLinkEvent):
    """Somebody made a link for their calendar program."""

    type: ClassVar[str] = "itsm.calendar_link.created.v1"


class CalendarLinkRevoked(CalendarLinkEvent):
    """It opens nothing any more."""

    type: ClassVar[str] = "itsm.calendar_link.revoked.v1"
