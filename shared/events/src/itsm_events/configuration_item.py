"""Configuration items and their types, said by the catalog service."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON

Status = Literal["planned", "in_use", "in_maintenance", "retired"]
Environment = Literal["production", "staging", "test", "development"]


class ConfigurationItemEvent(Event):
    """The state of a configuration item. What it depends on is said apart: see `dependency`."""

    key: str
    """The name by which incidents and changes refer to it; unique per tenant."""
    name: str
    ci_type: str
    """The key of its type."""
    ci_type_version: int
    status: Status
    environment: Environment
    owner: Annotated[str | None, PERSON] = None
    assignment_group: str | None = None
    location: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)
    """As its type's JSON Schema describes them."""


class ConfigurationItemRegistered(ConfigurationItemEvent):
    """An item became known."""

    type: ClassVar[str] = "itsm.configuration_item.registered.v1"


class ConfigurationItemUpdated(ConfigurationItemEvent):
    """Something about it changed."""

    type: ClassVar[str] = "itsm.configuration_item.updated.v1"


class ConfigurationItemRetired(ConfigurationItemEvent):
    """It is out of use for good."""

    type: ClassVar[str] = "itsm.configuration_item.retired.v1"


class ConfigurationItemTypePublished(Event):
    """A version of a type was issued; the subject is the type, the sequence its version."""

    type: ClassVar[str] = "itsm.configuration_item_type.published.v1"

    key: str
    name: str
    version: int
    attributes_schema: dict[str, Any]
    """JSON Schema (2020-12) of the attributes."""
