"""All events of one change, in any order and any number of times -> its facts.

What became of it is what its last event says. Whether it broke something is said of it by others: those are
facts of their own (`suspect_fold.py`), which a figure joins with these.
"""

from collections.abc import Iterable

from itsm_metrics.rules.change_steps import Step
from itsm_metrics.rules.facts import Facts, Measurement
from itsm_metrics.rules.findings import findings
from itsm_metrics.rules.walk import Walk, between, walk

RECORD_TYPE = "change"


def fold(steps: Iterable[Step]) -> Facts:
    """The facts of the one change that all `steps` belong to; the same for any order of them."""
    path = walk(steps)
    timed = [*implementation(path), *closure(path), *approval(path)]
    return Facts([*timed, *findings(path, timed)])


def implementation(path: Walk[Step]) -> list[Measurement]:
    """After how long it was implemented, and what that was worth; the back-out only where there was one."""
    last = path.steps[-1]
    at = last.implemented_at
    if at is None:
        return []
    then = next(step for step in path.steps if step.implemented_at == at)
    place, detail = path.place(then), then.detail
    worth = {
        "change_implemented": between(path.start.time, at),
        "change_failed": int(last.failed),
        "change_reverts": int(last.reverts),
    }
    found = [Measurement(name, 0, at, value, place, detail) for name, value in worth.items()]
    if last.backed_out_at is not None:
        found.append(Measurement("change_backed_out", 0, last.backed_out_at, None, place, detail))
    return found


def closure(path: Walk[Step]) -> list[Measurement]:
    """Whether a closed change was an emergency, or not authorised; it is never both."""
    last = path.steps[-1]
    if last.status != "closed" or last.closed_at is None:
        return []
    then = next(step for step in path.steps if step.closed_at == last.closed_at)
    worth = {
        "change_emergency": int(last.change_type == "emergency" and not last.unauthorized),
        "change_unauthorized": int(last.unauthorized),
    }
    return [
        Measurement(name, 0, last.closed_at, value, path.place(then), then.detail)
        for name, value in worth.items()
    ]


def approval(path: Walk[Step]) -> list[Measurement]:
    """How long it was in authorize in all, dated at the end of the last such wait that is over.

    An unauthorised change lies there until it is reviewed, and waits for nobody's approval.
    """
    waited, found = 0, list[Measurement]()
    since = path.start.time
    for before, after in path.turns:
        if after.status == "authorize":
            since = after.time
        elif before.status == "authorize" and not after.unauthorized:
            waited += between(since, after.time)
            found = [Measurement("approval_waited", 0, after.time, waited, path.place(after), RECORD_TYPE)]
    return found
