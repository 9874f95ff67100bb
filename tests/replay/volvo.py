"""The mapping of Volvo IT's incident log (BPI Challenge 2013, IEEE XES) to lines of the history import."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, iterparse

Trace = tuple[str, list[dict[str, str]]]
"""A case: its id, and its events as attribute to value, in file order."""

LEVELS = {
    "Major": ("high", "high"),
    "High": ("high", "medium"),
    "Medium": ("medium", "medium"),
    "Low": ("medium", "low"),
}
HOLD = {
    "Wait - User": "caller",
    "Wait - Customer": "caller",
    "Wait - Vendor": "vendor",
    "Wait - Implementation": "change",
    "Wait": "scheduled",
}
WORKING = {"In Progress", "Assigned", "Awaiting Assignment", "Unmatched"}
DONE = {"Resolved": "resolved", "In Call": "resolved", "Closed": "closed", "Cancelled": "cancelled"}


def traces(path: Path) -> Iterator[Trace]:
    """Every case of the log, one at a time: memory does not grow with the file."""
    root: Element | None = None
    with gzip.open(path) as stream:
        for moment, element in iterparse(stream, events=("start", "end")):  # noqa: S314  # expat expands no external entity
            if root is None:
                root = element
            if moment == "end" and local(element) == "trace":
                name = next(child.get("value", "") for child in element if child.get("key") == "concept:name")
                yield name, [attributes(child) for child in element if local(child) == "event"]
                root.clear()


def local(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def attributes(event: Element) -> dict[str, str]:
    """An event's attributes by key."""
    return {child.get("key", ""): child.get("value", "") for child in event}


def line(trace: Trace) -> dict[str, Any]:
    """A case as one line of the import."""
    name, events = trace
    first = events[0]
    impact, urgency = LEVELS[first["impact"]]
    place = first["resource country"]
    return {
        "external_id": name,
        "title": f"{first['product']}: incident {name}",
        "opened_at": first["time:timestamp"],
        "impact": impact,
        "urgency": urgency,
        "service": first["product"],
        "location": None if place == "0" else place,
        "history": [step(event) for event in events],
    }


def step(event: dict[str, str]) -> dict[str, Any]:
    """One event of a case as one item of the history."""
    status, sub = event["concept:name"], event["lifecycle:transition"]
    item: dict[str, Any] = {
        "at": event["time:timestamp"],
        "to": "in_progress",
        "source_state": f"{status}/{sub}",
        "assignment_group": event["org:group"],
        "assignee": event["org:resource"],
    }
    if sub == "Awaiting Assignment":
        item["assignee"] = None
    elif status == "Completed":
        item["to"] = DONE[sub]
        if sub == "In Call":
            item["resolution_code"] = "in_call"
    elif sub in HOLD:
        item |= {"to": "on_hold", "reason": HOLD[sub]}
    elif sub not in WORKING:
        raise ValueError(f"case event with the unknown status {status}/{sub}")
    return item
