"""All events of one incident, in any order and any number of times -> its facts.

The fold goes by states and times, never by an event's type: resolved while resolved is no new
resolution, closed without having been resolved is one, and resolved after closed is one too.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby, zip_longest

from itsm_metrics.rules.facts import Facts, Measurement, Span
from itsm_metrics.rules.findings import NEGATIVE, Oddity, findings
from itsm_metrics.rules.incident_steps import Step
from itsm_metrics.rules.walk import Walk, between, open_spans, walk

STALE_DAYS = (5, 30)
"""After so many days without an event an open incident is stale."""


def fold(steps: Iterable[Step]) -> Facts:
    """The facts of the one incident that all `steps` belong to; the same for any order of them."""
    path = walk(steps)
    timed = [*opening(path), *resolutions(path), *reopenings(path), *holds(path)]
    return Facts(
        [*timed, *findings(path, timed, backwards(path))],
        [*open_spans(path, "open"), *stale(path), *outage(path)],
    )


def opening(path: Walk[Step]) -> list[Measurement]:
    """`opened`, and `acknowledged` after how long, or `never_acknowledged`, dated at the opening."""
    start, place = path.start, path.place(path.start)
    opened = Measurement("opened", 0, start.time, None, place, start.category)
    for step in path.steps:
        if step.acknowledged_at is not None:
            took = between(start.time, step.acknowledged_at)
            return [opened, Measurement("acknowledged", 0, step.acknowledged_at, took, path.place(step))]
    return [opened, Measurement("never_acknowledged", 0, start.time, None, place)]


def resolutions(path: Walk[Step]) -> list[Measurement]:
    """First and last resolution after how long, and what the first was worth; or `never_resolved`."""
    start = path.start
    resolved = [after for before, after in path.turns if resolves(before, after)]
    if not resolved:
        return [Measurement("never_resolved", 0, start.time, None, path.place(start))]
    first, last = resolved[0], resolved[-1]
    place, moves, returns = path.place(first), max(len(groups(path)) - 1, 0), len(reopenings(path))
    worth = {
        "reopened": int(returns > 0),
        "first_contact": int(moves == 0 and returns == 0),
        "reassigned": moves,
        "ping_pong": bounces(path),
    }
    return [
        Measurement("first_resolved", 0, first.time, between(start.time, first.time), place),
        Measurement("last_resolved", 0, last.time, between(start.time, last.time), path.place(last)),
        *(Measurement(name, 0, first.time, value, place) for name, value in worth.items()),
    ]


def resolves(before: Step, after: Step) -> bool:
    """Whether this turn restored service; closing what was not resolved resolves it too."""
    return after.status == "resolved" or (after.status == "closed" and before.status != "resolved")


def reopenings(path: Walk[Step]) -> list[Measurement]:
    """One `reopening` for each return from an ended state to an open one."""
    back = [after for before, after in path.turns if after.is_open and not before.is_open]
    return [Measurement("reopening", n, step.time, 1, path.place(step)) for n, step in enumerate(back)]


def groups(path: Walk[Step]) -> list[str]:
    """Who had it, one after the other; having none for a while is no change."""
    found = [step.assignment_group for step in path.steps if step.assignment_group is not None]
    return [group for group, _ in groupby(found)]


def bounces(path: Walk[Step]) -> int:
    """How often it went to a group that had it before."""
    return len(groups(path)) - len(set(groups(path)))


def holds(path: Walk[Step]) -> list[Measurement]:
    """One `hold_ended`, with its length, per stretch on hold that is over; its reasons do not split it."""
    ended: list[Measurement] = []
    since = path.start.time
    for before, after in path.turns:
        if after.status == "on_hold":
            since = after.time
        elif before.status == "on_hold":
            length = between(since, after.time)
            ended.append(Measurement("hold_ended", len(ended), after.time, length, path.place(after)))
    return ended


def stale(path: Walk[Step]) -> list[Span]:
    """While it was open, and no event had told of it for so many days; to come, where it is open."""
    found = []
    for days in STALE_DAYS:
        since, number = path.start.time, 0
        for step, after in zip_longest(path.steps, path.steps[1:]):
            since = max(since, step.time)
            began, until = later(since, days), after and max(since, after.time)
            if step.is_open and began and (until is None or until > began):
                place = path.place(step)
                found.append(Span(f"stale_{days}", number, began, until, place, path.start.time))
                number += 1
    return found


def later(moment: datetime, days: int) -> datetime | None:
    """So many days after; None where the calendar ends before."""
    try:
        return moment + timedelta(days)
    except OverflowError:
        return None


def outage(path: Walk[Step]) -> list[Span]:
    """The full outage that its last step states, where the incident stands then; a cancelled one has none."""
    last = path.steps[-1]
    if last.down_at is None or last.status == "cancelled" or (last.up_at and last.up_at <= last.down_at):
        return []
    return [Span("outage", 0, last.down_at, last.up_at, path.place(last), path.start.time)]


def backwards(path: Walk[Step]) -> list[Oddity]:
    """An outage that ended before it began; it has no length and is no downtime."""
    last = path.steps[-1]
    if last.down_at is None or last.up_at is None or last.up_at >= last.down_at:
        return []
    return [(last.down_at, path.place(last), NEGATIVE)]
