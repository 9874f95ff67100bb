"""What an offering of the catalogue is, and what makes one sound. Pure: no I/O, and the clock comes in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsm_chassis.errors import FieldError

from itsm_catalog.rules.form import check_form
from itsm_catalog.rules.portfolio import ENDED
from itsm_catalog.rules.searching import folded

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """A version of an offering, field by field as it is shown."""

    key: str
    version: int
    name: str
    service: str
    description: str | None = None
    category: str | None = None
    price: float | None = None
    currency: str | None = None
    delivery_time_s: int | None = None
    calendar: str | None = None
    reopen_days: int = 0
    approval: Sequence[Line] = ()
    tasks: Sequence[Line] = ()
    form: Line
    business_units: Sequence[str] = ()
    roles: Sequence[str] = ()
    issued_at: datetime
    retired: bool = False

    @property
    def approved_by(self) -> list[str]:
        """The groups that are asked, step by step."""
        return [step["group"] for step in self.approval]

    @property
    def title_words(self) -> str:
        """What it is found by first."""
        return folded(self.name)

    @property
    def category_words(self) -> str | None:
        """What it is filtered by."""
        return None if self.category is None else folded(self.category)

    @property
    def other_words(self) -> str:
        """What it is found by too."""
        return folded(self.key, self.category, self.service, self.description)


def check_offering(
    offering: Offering, *, service_status: str | None, calendar_known: bool, goes_on: bool = False
) -> list[FieldError]:
    """Everything that is wrong with an offering; `service_status` is None where there is no such service.

    `goes_on` tells that it can be ordered of this service already.
    """
    return [
        *check_service(offering.service, service_status, goes_on),
        *check_delivery(offering, calendar_known),
        *check_approval(offering.approval),
        *check_tasks(offering.tasks),
        *repeated("business_units", offering.business_units),
        *repeated("roles", offering.roles),
        *check_form(offering.form),
    ]


def check_service(key: str, status: str | None, goes_on: bool) -> Iterator[FieldError]:
    """An offering belongs to a service that has a future; what is offered already may go on to its end."""
    if status is None:
        message = f"There is no service {key}: propose it first."
        yield FieldError("/service", "unknown_service", message)
    elif status in ENDED:
        message = f"The service {key} is {status}: nothing of it can be ordered."
        yield FieldError("/service", "service_ended", message)
    elif status == "retiring" and not goes_on:
        message = f"The service {key} is retiring: nothing new of it is offered."
        yield FieldError("/service", "service_retiring", message)


def check_delivery(offering: Offering, calendar_known: bool) -> Iterator[FieldError]:
    """A price has its currency, and a delivery time its calendar."""
    if (offering.price is None) != (offering.currency is None):
        name = "price" if offering.price is None else "currency"
        yield FieldError(f"/{name}", "missing", "A price and its currency go together.")
    if offering.calendar is not None and not calendar_known:
        message = f"There is no calendar {offering.calendar}: publish it first, or leave it out for 24x7."
        yield FieldError("/calendar", "unknown_calendar", message)


def check_approval(steps: Sequence[Line]) -> Iterator[FieldError]:
    """A percentage stands where the rule is one, and nowhere else."""
    for index, step in enumerate(steps):
        place = f"/approval/{index}/percentage"
        if step["rule"] == "percentage" and step["percentage"] is None:
            yield FieldError(place, "missing", "Say what percentage of the group has to accept.")
        elif step["rule"] != "percentage" and step["percentage"] is not None:
            yield FieldError(place, "not_used", f"The rule {step['rule']} uses no percentage.")


def check_tasks(tasks: Sequence[Line]) -> Iterator[FieldError]:
    """Each key once, each name in `after` a task, and an order in which all of them can be done."""
    keys = [task["key"] for task in tasks]
    for index, task in enumerate(tasks):
        if task["key"] in keys[:index]:
            yield FieldError(
                f"/tasks/{index}/key", "duplicate", f"{task['key']} is the key of a task before."
            )
        yield from repeated(f"tasks/{index}/after", task["after"])
        for place, name in enumerate(task["after"]):
            if name not in keys:
                message = f"There is no task {name} to come after."
                yield FieldError(f"/tasks/{index}/after/{place}", "unknown_task", message)
    if stuck := circle({task["key"]: task["after"] for task in tasks}):
        message = f"These tasks wait for one another, so none would ever open: {' -> '.join(stuck)}."
        yield FieldError("/tasks", "circle", message)


def circle(after: Mapping[str, Collection[str]]) -> list[str]:
    """Tasks of which each waits for the next, the first one again at the end; empty where there are none."""
    waiting = dict(after)
    while ready := [key for key, names in waiting.items() if waiting.keys().isdisjoint(names)]:
        for key in ready:
            del waiting[key]
    path: list[str] = []
    step = next(iter(waiting), None)
    while step is not None and step not in path:
        path.append(step)
        step = next(name for name in waiting[step] if name in waiting)
    return [] if step is None else [*path[path.index(step) :], step]


def repeated(name: str, keys: Sequence[str]) -> Iterator[FieldError]:
    """Each key that stands in a list before."""
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield FieldError(f"/{name}/{index}", "duplicate", f"{key} is there twice.")
