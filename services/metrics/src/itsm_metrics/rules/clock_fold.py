"""All events of one SLA clock, in any order and any number of times -> its facts.

The last event says how the clock counts. A clock that was withdrawn (a policy version that came late, or a
recompute, took it back) never counted.
"""

from collections.abc import Iterable

from itsm_metrics.rules.clock_steps import Step
from itsm_metrics.rules.facts import Facts, Measurement
from itsm_metrics.rules.walk import inorder


def fold(steps: Iterable[Step]) -> Facts:
    """The facts of the one clock that all `steps` belong to; the same for any order of them."""
    path = inorder(steps)
    last = path[-1]
    if last.ending == "withdrawn":
        return Facts()
    return Facts([*verdict(last), *business_times(path)])


def verdict(last: Step) -> list[Measurement]:
    """Met or breached when completed; the others apart, an open one only once it is breached."""
    name, at, value = "open_and_breached", last.due_at, None
    if last.state == "completed":
        name, at, value = "clock_completed", last.ended_at, int(not last.breached)
    elif last.state == "cancelled":
        name, at = "cancelled_after_breach" if last.breached else "cancelled", last.ended_at
    elif not last.breached:
        return []
    return [] if at is None else [Measurement(name, 0, at, value, last.place, last.detail)]


def business_times(path: list[Step]) -> list[Measurement]:
    """How long an SLA's first and last completion took in business time, until when they happened.

    A clock that another target replaced says nothing of the last one, as the other does; that one says
    nothing of a first completion before its time.
    """
    done = [each for each in path if each.state == "completed" and each.kind == "sla"]
    first = [each for each in done if each.ended_at == each.first_completed_at]
    found = []
    if done and done[-1].measure == "respond":
        found += timed("responded_business", done[-1])
    if first and first[-1].measure == "resolve":
        found += timed("first_resolved_business", first[-1])
    if done and done[-1].measure == "resolve" and path[-1].ending != "target_changed":
        found += timed("last_resolved_business", done[-1])
    return found


def timed(name: str, at: Step) -> list[Measurement]:
    """The business time of a completion."""
    if at.ended_at is None:
        return []
    return [Measurement(name, 0, at.ended_at, at.business, at.place_of_opening, at.detail)]
