"""What depends on what: each edge of the service map is a subject of its own. Said by the catalog service."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from itsm_events.event import Event


class Node(BaseModel):
    """One end of an edge."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["service", "configuration_item"]
    key: str


class DependencyEvent(Event):
    """`dependent` needs `dependency`: a service needs services and items, an item needs items."""

    dependent: Node
    dependency: Node


class DependencyAdded(DependencyEvent):
    """The edge is there from now on."""

    type: ClassVar[str] = "itsm.dependency.added.v1"


class DependencyRemoved(DependencyEvent):
    """The edge is gone; should it come back, it will be another subject."""

    type: ClassVar[str] = "itsm.dependency.removed.v1"
