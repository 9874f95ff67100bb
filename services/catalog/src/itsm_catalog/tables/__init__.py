"""The tables of the catalog, a module for each of its subjects."""

from itsm_catalog.tables.configuration import configuration_item, configuration_item_type, dependency
from itsm_catalog.tables.metadata import metadata
from itsm_catalog.tables.offerings import offering
from itsm_catalog.tables.people import business_unit, colleague, membership, people_group, person
from itsm_catalog.tables.portfolio import demand, service
from itsm_catalog.tables.requests import approval, fulfilment_task, service_order, service_request
from itsm_catalog.tables.service_levels import calendar, sla_policy

__all__ = [
    "approval",
    "business_unit",
    "calendar",
    "colleague",
    "configuration_item",
    "configuration_item_type",
    "demand",
    "dependency",
    "fulfilment_task",
    "membership",
    "metadata",
    "offering",
    "people_group",
    "person",
    "service",
    "service_order",
    "service_request",
    "sla_policy",
]
