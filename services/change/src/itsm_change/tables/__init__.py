"""The tables, a module per subject. The chassis adds event, outbox, feed and the rest."""

from itsm_change.tables.approvals import approval, approval_policy, cab_meeting
from itsm_change.tables.attribution import affected, incident, suspect, touched
from itsm_change.tables.catalog import configuration_item, dependency, people_group, person, service
from itsm_change.tables.changes import change, change_number, change_task, change_template, detection
from itsm_change.tables.metadata import metadata
from itsm_change.tables.releases import deployment, release, release_number
from itsm_change.tables.schedule import (
    assessment,
    calendar_link,
    change_freeze,
    conflict,
    maintenance_window,
    risk_model,
)

__all__ = [
    "affected",
    "approval",
    "approval_policy",
    "assessment",
    "cab_meeting",
    "calendar_link",
    "change",
    "change_freeze",
    "change_number",
    "change_task",
    "change_template",
    "configuration_item",
    "conflict",
    "dependency",
    "deployment",
    "detection",
    "incident",
    "maintenance_window",
    "metadata",
    "people_group",
    "person",
    "release",
    "release_number",
    "risk_model",
    "service",
    "suspect",
    "touched",
]
