"""Fulfilment tasks: which are open when, and what follows from one that is done."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid, Refused

from itsm_catalog.rules.requests.offer import Plan

Status = Literal["waiting", "open", "in_progress", "done", "cancelled"]
What = Literal["planned", "opened", "assigned", "completed", "cancelled"]

OPEN: Final[frozenset[Status]] = frozenset({"open", "in_progress"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task of a request, field by field as it is shown."""

    id: UUID
    version: int = 1
    request: UUID
    number: str
    """The request's."""
    key: str
    name: str
    after: tuple[str, ...] = ()
    assignment_group: str
    assignee: str | None = None
    status: Status = "waiting"
    note: str | None = None
    planned_at: datetime
    opened_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about a task, when it happened, and the state after it."""

    what: What
    at: datetime
    state: Task


def planned(
    plans: Iterable[Plan], ids: Iterable[UUID], request: UUID, number: str, now: datetime
) -> list[Event]:
    """Every task as fulfilment starts: those without one before them are open at once."""
    return [
        Event(
            "planned" if plan.after else "opened",
            now,
            Task(
                id=identity,
                request=request,
                number=number,
                key=plan.key,
                name=plan.name,
                after=tuple(plan.after),
                assignment_group=plan.assignment_group,
                status="waiting" if plan.after else "open",
                planned_at=now,
                opened_at=None if plan.after else now,
            ),
        )
        for plan, identity in zip(plans, ids, strict=False)
    ]


def assigned(task: Task, given: Mapping[str, str | None], now: datetime) -> Event | None:
    """Change the person, the group or both; None where they are the same already.

    Somebody on an open task makes it in progress, nobody makes it open again.
    """
    changes: dict[str, Any] = {name: value for name, value in given.items() if getattr(task, name) != value}
    if not changes:
        return None
    if task.status in ("done", "cancelled"):
        raise Refused("task_ended", f"The task is {task.status}: nobody can be assigned to it.")
    if task.status in OPEN:
        changes["status"] = "in_progress" if changes.get("assignee", task.assignee) else "open"
    return advanced(task, "assigned", now, changes)


def completed(tasks: Sequence[Task], key: str, actor: str, note: str | None, now: datetime) -> list[Event]:
    """The task as done, by its assignee or else by the actor, and those that it opens.

    `tasks` are all of the request. Refused where it is not open.
    """
    task = next(each for each in tasks if each.key == key)
    if task.status not in OPEN:
        raise Refused("task_not_open", closed_sentence(task, tasks))
    changes = {"status": "done", "note": note, "done_at": now, "assignee": task.assignee or actor}
    done = {each.key for each in tasks if each.status in ("done", "cancelled")} | {key}
    return [advanced(task, "completed", now, changes), *opened(tasks, done, now)]


def closed_sentence(task: Task, tasks: Sequence[Task]) -> str:
    """Why a task cannot be done now."""
    if task.status != "waiting":
        return f"The task is {task.status} already."
    before = [each.key for each in tasks if each.key in task.after and each.status != "done"]
    return f"The task waits for {', '.join(before)}."


def opened(tasks: Sequence[Task], done: Collection[str], now: datetime) -> list[Event]:
    """Those that wait for nothing any more once these are done."""
    known = {task.key: task for task in tasks}
    ready = [
        each for each in tasks if each.status == "waiting" and predecessors(each.key, known) <= set(done)
    ]
    return [advanced(each, "opened", now, begun(each, now)) for each in ready]


def begun(task: Task, now: datetime) -> dict[str, Any]:
    """What opening a task changes."""
    return {"status": "in_progress" if task.assignee else "open", "opened_at": now, "done_at": None}


def all_done(tasks: Iterable[Task]) -> bool:
    """Whether nothing is left to do."""
    return all(task.status in ("done", "cancelled") for task in tasks)


def cancelled(tasks: Iterable[Task], now: datetime) -> list[Event]:
    """What is not done need not be done any more."""
    left = (task for task in tasks if task.status not in ("done", "cancelled"))
    return [advanced(task, "cancelled", now, {"status": "cancelled"}) for task in left]


def reopened(tasks: Sequence[Task], wanted: Collection[str] | None, now: datetime) -> list[Event]:
    """The tasks to be done once more: those named, else the last ones, which no other comes after.

    One that comes after another of them waits for it. Invalid for a name that is none of the request's.
    """
    if wanted is None:
        before = {key for task in tasks for key in task.after}
        wanted = {task.key for task in tasks if task.key not in before}
    known = {task.key: task for task in tasks}
    if unknown := sorted(set(wanted) - known.keys()):
        sentence = f"The request has no task {', '.join(unknown)}; it has {', '.join(known) or 'none'}."
        raise Invalid("unknown_task", sentence, (FieldError("/tasks", "unknown_task", sentence),))
    events = []
    for task in tasks:
        if task.key in wanted:
            waits = bool(set(wanted).intersection(predecessors(task.key, known)))
            changes = {"status": "waiting", "done_at": None} if waits else begun(task, now)
            events.append(advanced(task, "planned" if waits else "opened", now, changes))
    return events


def predecessors(key: str, known: Mapping[str, Task]) -> set[str]:
    """Every task that comes before this one, also through others."""
    found: set[str] = set()
    left = list(known[key].after)
    while left:
        if (each := left.pop()) not in found:
            found.add(each)
            left += known[each].after
    return found


def advanced(task: Task, what: What, at: datetime, changes: Mapping[str, Any]) -> Event:
    """The event of a change; each raises the version by one."""
    return Event(what, at, replace(task, **changes, version=task.version + 1))
