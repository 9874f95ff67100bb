"""The events of the ITSM suite, for everybody who subscribes to them.

An event travels as a CloudEvents 1.0 message in structured JSON mode (`Envelope`); its `data` is
one of the typed payloads registered in `EVENTS` under the message's `type`.
"""

from itsm_events import (
    approval,
    approval_policy,
    business_unit,
    cab_meeting,
    calendar,
    catalog,
    change,
    change_task,
    change_template,
    comment,
    configuration_item,
    dependency,
    detection,
    fulfilment_task,
    group,
    incident,
    maintenance_window,
    offering,
    person,
    service_level,
    service_request,
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
    "approval",
    "approval_policy",
    "business_unit",
    "cab_meeting",
    "calendar",
    "catalog",
    "change",
    "change_task",
    "change_template",
    "comment",
    "configuration_item",
    "dependency",
    "detection",
    "fulfilment_task",
    "group",
    "incident",
    "maintenance_window",
    "major_version",
    "offering",
    "opaque",
    "person",
    "service_level",
    "service_request",
    "sla_clock",
    "watcher",
]
