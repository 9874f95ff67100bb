"""Business calendars, said by the catalog service; each version is said once and never changes."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Hours(BaseModel):
    """Opening hours on the wall clock, HH:MM to at most 24:00.

    Where `closes` is not after `opens` they go on past midnight.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    opens: str
    closes: str


class Holiday(BaseModel):
    """A date with hours of its own instead of the week's; without any it is closed."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    on: date
    name: str
    hours: list[Hours] = Field(default_factory=list)


class Calendar(BaseModel):
    """One version of a calendar; as JSON it is what `itsm_sla.calendar_form.calendar_from` reads."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str
    version: int
    name: str
    valid_from: AwareDatetime
    issued_at: AwareDatetime
    retired: bool = False
    zone: str
    """An IANA time zone."""
    weekly: dict[Weekday, list[Hours]]
    """The hours of each weekday; one that is absent is closed."""
    holidays: list[Holiday] = Field(default_factory=list)


class CalendarPublished(Event):
    """A version of a calendar was made known; it governs records opened from `valid_from` on.

    The subject is the calendar, the sequence its version. `valid_from` may lie in the past; a record that
    was stored before `issued_at` keeps the version it has until it is recomputed.
    """

    type: ClassVar[str] = "itsm.calendar.published.v1"

    key: str
    """The name by which policies refer to the calendar; unique per tenant."""
    name: str
    version: int
    valid_from: AwareDatetime
    issued_at: AwareDatetime
    calendar: Calendar
