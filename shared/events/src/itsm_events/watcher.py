"""Watchers: people who follow a record that is not theirs; each watch is a subject of its own."""

from typing import Annotated, ClassVar

from itsm_events.event import Event
from itsm_events.privacy import PERSON


class WatcherEvent(Event):
    """One person's watch on one record."""

    record: str
    record_type: str
    """The noun of its events, such as incident."""
    watcher: Annotated[str, PERSON]


class WatcherAdded(WatcherEvent):
    """Somebody follows the record from now on."""

    type: ClassVar[str] = "itsm.watcher.added.v1"


class WatcherRemoved(WatcherEvent):
    """Somebody no longer follows the record."""

    type: ClassVar[str] = "itsm.watcher.removed.v1"
