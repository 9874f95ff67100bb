"""The tables of the catalog, a module for each of its subjects."""

from itsm_catalog.tables.configuration import (
    configuration_item,
    configuration_item_type,
    dependency,
    dependency_graph,
)
from itsm_catalog.tables.metadata import metadata
from itsm_catalog.tables.portfolio import service
from itsm_catalog.tables.service_levels import calendar, sla_policy

__all__ = [
    "calendar",
    "configuration_item",
    "configuration_item_type",
    "dependency",
    "dependency_graph",
    "metadata",
    "service",
    "sla_policy",
]
