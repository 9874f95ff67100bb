"""Fulfilment tasks: what is open when, for any plan and any order of work."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.requests import fulfilment
from itsm_catalog.rules.requests.fulfilment import Task
from itsm_catalog.rules.requests.offer import Plan
from itsm_chassis.errors import Invalid, Refused
from support.requests import START, after


def plans(*spelled: str) -> list[Plan]:
    """Such as "rack", "wire: rack", "test: wire, rack"."""
    made = []
    for text in spelled:
        key, _, before = text.partition(": ")
        made.append(
            Plan(
                key=key,
                name=key.title(),
                assignment_group="desk",
                after=tuple(filter(None, before.split(", "))),
            )
        )
    return made


def planned(*spelled: str) -> list[Task]:
    given_plans = plans(*spelled)
    ids = (UUID(int=n) for n in range(1, len(given_plans) + 1))
    return [event.state for event in fulfilment.planned(given_plans, ids, UUID(int=99), "REQ-1", START)]


def done(tasks: list[Task], key: str) -> list[Task]:
    events = fulfilment.completed(tasks, key, "anna", None, after(1))
    changed = {event.state.key: event.state for event in events}
    return [changed.get(task.key, task) for task in tasks]


def statuses(tasks: list[Task]) -> dict[str, str]:
    return {task.key: task.status for task in tasks}


@st.composite
def any_plan(draw: Any) -> list[str]:
    """Tasks that come after any of those before them."""
    keys = [f"t{n}" for n in range(draw(st.integers(1, 8)))]
    return [
        f"{key}: {', '.join(before)}"
        if (before := draw(st.lists(st.sampled_from(keys[:n]), unique=True)) if n else [])
        else key
        for n, key in enumerate(keys)
    ]


@given(any_plan(), st.data())
def test_whatever_the_order_of_work_no_task_opens_before_those_it_comes_after_and_all_get_done(
    plan: list[str], data: Any
) -> None:
    tasks = planned(*plan)
    while not fulfilment.all_done(tasks):
        finished = {task.key for task in tasks if task.status == "done"}
        for task in tasks:
            if task.status != "done":
                assert (task.status == "open") == (set(task.after) <= finished)
        ready = [task.key for task in tasks if task.status == "open"]
        tasks = done(tasks, data.draw(st.sampled_from(ready)))
    assert set(statuses(tasks).values()) == {"done"}


@given(any_plan(), st.data())
def test_a_reopening_of_any_tasks_ends_too_and_keeps_their_order(plan: list[str], data: Any) -> None:
    tasks = planned(*plan)
    while not fulfilment.all_done(tasks):
        tasks = done(tasks, next(task.key for task in tasks if task.status == "open"))
    wanted = set(data.draw(st.lists(st.sampled_from([task.key for task in tasks]), min_size=1)))
    changed = {e.state.key: e.state for e in fulfilment.reopened(tasks, wanted, after(2))}
    assert changed.keys() == wanted
    tasks = [changed.get(task.key, task) for task in tasks]
    known = {task.key: task for task in tasks}
    worked: list[str] = []
    while not fulfilment.all_done(tasks):
        ready = [task.key for task in tasks if task.status in fulfilment.OPEN]
        key = data.draw(st.sampled_from(ready))
        assert wanted & fulfilment.predecessors(key, known) <= set(worked)
        tasks = done(tasks, key)
        worked.append(key)
    assert set(worked) == wanted


def test_parallel_tasks_open_together_and_a_later_one_says_what_it_waits_for() -> None:
    tasks = planned("rack", "wire", "test: rack, wire")
    assert statuses(tasks) == {"rack": "open", "wire": "open", "test": "waiting"}
    tasks = done(tasks, "rack")
    with pytest.raises(Refused, match="waits for wire"):
        done(tasks, "test")
    with pytest.raises(Refused, match="done already"):
        done(tasks, "rack")
    assert statuses(done(tasks, "wire"))["test"] == "open"


def test_a_person_makes_an_open_task_in_progress_and_is_kept_when_it_is_done() -> None:
    [task] = planned("rack")
    event = fulfilment.assigned(task, {"assignee": "ben"}, after(1))
    assert event is not None
    assert event.state.status == "in_progress"
    assert fulfilment.assigned(event.state, {"assignee": "ben"}, after(1)) is None
    freed = fulfilment.assigned(event.state, {"assignee": None, "assignment_group": "wan"}, after(1))
    assert freed is not None
    assert (freed.state.status, freed.state.assignment_group) == ("open", "wan")
    [finished] = done([event.state], "rack")
    assert finished.assignee == "ben"
    with pytest.raises(Refused, match="nobody can be assigned"):
        fulfilment.assigned(finished, {"assignee": "carl"}, after(2))


def test_a_reopening_opens_the_last_tasks_by_default_and_none_that_there_is_not() -> None:
    tasks = planned("rack", "wire: rack", "paint")
    for key in ("rack", "wire", "paint"):
        tasks = done(tasks, key)
    assert {e.state.key for e in fulfilment.reopened(tasks, None, after(2))} == {"wire", "paint"}
    with pytest.raises(Invalid, match="no task roof"):
        fulfilment.reopened(tasks, ["roof"], after(2))
