"""Maintenance windows and change freezes, said by the change service."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from itsm_events.event import Event


class WindowEvent(Event):
    """A time that recurs or not. [starts_at, ends_at) is its first occurrence.

    An occurrence begins on the zone's wall clock at the time of day of the first one, on each date that
    `recurrence` (an RFC 5545 RRULE; absent: once) gives, and lasts as long as the first one there.
    Empty services and configuration_items mean all.
    """

    key: str
    name: str
    services: list[str] = Field(default_factory=list)
    configuration_items: list[str] = Field(default_factory=list)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    recurrence: str | None = None
    zone: str
    """IANA."""
    status: Literal["active", "cancelled"]


class MaintenanceWindowEvent(WindowEvent):
    """Work on these services and items is meant to happen then; downtime inside it is planned."""


class MaintenanceWindowScheduled(MaintenanceWindowEvent):
    """A window was agreed."""

    type: ClassVar[str] = "itsm.maintenance_window.scheduled.v1"


class MaintenanceWindowUpdated(MaintenanceWindowEvent):
    """Something about it changed."""

    type: ClassVar[str] = "itsm.maintenance_window.updated.v1"


class MaintenanceWindowCancelled(MaintenanceWindowEvent):
    """It will not take place."""

    type: ClassVar[str] = "itsm.maintenance_window.cancelled.v1"
