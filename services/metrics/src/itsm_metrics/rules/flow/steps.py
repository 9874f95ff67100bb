"""A record's events as steps: only what its flow needs."""

from collections.abc import Mapping
from datetime import datetime
from sys import intern
from typing import Any, Final, NamedTuple

from itsm_metrics.rules.flow.lifecycles import kind_of
from itsm_metrics.rules.walk import said_at

AT_ONCE: Final = "time_equal_to_predecessor"
"""What an owner says of an imported step that has the time of the one before it."""

LINKS: Final = {
    "related_change": "change",
    "caused_by_change": "change",
    "reverts": "change",
    "parent_id": "incident",
    "offering": "offering",
}
"""What an event may name beside service and group, and what kind of thing that is."""


class Step(NamedTuple):
    """The record after one event. `at_once` is the owner's word that the step before has the same time,
    `what` the event's participle, `links` the other records that it names.
    """

    sequence: int
    event: str
    time: datetime
    recorded: datetime
    name: str
    kind: str
    status: str
    source_state: str | None
    assignment_group: str | None
    service: str | None
    priority: str | None
    imported: bool
    at_once: bool
    what: str
    links: tuple[tuple[str, str], ...]


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step; names that come again and again are kept once."""
    state = said["data"]
    _, process, what, _ = said["type"].split(".")
    return Step(
        said["sequence"],
        said["id"],
        said_at(said),
        datetime.fromisoformat(said["recordedtime"]),
        state.get("number") or state.get("key") or said["subject"],
        intern(kind_of(process, state)),
        intern(state["status"]),
        kept(state.get("source_state")),
        kept(state.get("assignment_group")),
        kept(state.get("service")),
        kept(state.get("priority")),
        bool(said.get("imported")),
        AT_ONCE in (state.get("deviations") or ()),
        intern(what),
        tuple((how, str(state[how])) for how in LINKS if state.get(how)),
    )


def kept(text: str | None) -> str | None:
    """A name, kept once."""
    return None if text is None else intern(text)
