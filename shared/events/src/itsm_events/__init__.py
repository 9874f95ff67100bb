"""The events of the ITSM suite, for everybody who subscribes to them.

An event travels as a CloudEvents 1.0 message in structured JSON mode (`Envelope`); its `data` is
one of the typed payloads registered in `EVENTS` under the message's `type`.
"""

from itsm_events import (
    calendar,
    catalog,
    change,
    comment,
    escalation,
    incident,
    notification,
    service_level,
    sla_clock,
    watcher,
)
from itsm_events.envelope import Envelope
from itsm_events.event import EVENTS, Event, major_version
from itsm_events.privacy import opaque

__all__ = [
    "EVENTS",
    "Envelope",
    "Event",
    "calendar",
    "catalog",
    "change",
    "comment",
    "escalation",
    "incident",
    "major_version",
    "notification",
    "opaque",
    "service_level",
    "sla_clock",
    "watcher",
]
