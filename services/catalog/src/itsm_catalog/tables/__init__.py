"""The tables of the catalog, a module for each of its subjects."""

from itsm_catalog.tables.configuration import configuration_item, configuration_item_type, dependency
from itsm_catalog.tables.metadata import metadata

__all__ = [
    "business_unit",
    "calendar",
    "colleague",
    "configuration_item",
    "configuration_item_type",
    "dependency",
    "membership",
    "metadata",
    "offering",
    "people_group",
    "person",
    "service",
    "sla_policy",
]
