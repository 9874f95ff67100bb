"""All events of one service request, in any order and any number of times -> its facts.

The fold goes by states and times, as that of incidents does: closed without having been fulfilled is a
fulfilment, and fulfilled again after a reopening moves it.
"""

from collections.abc import Iterable

from itsm_metrics.rules.facts import Facts, Measurement
from itsm_metrics.rules.findings import findings
from itsm_metrics.rules.request_steps import Step
from itsm_metrics.rules.walk import Walk, between, open_spans, walk

ENDED = {"rejected": "requests_rejected", "cancelled": "requests_cancelled"}
RECORD_TYPE = "service_request"


def fold(steps: Iterable[Step]) -> Facts:
    """The facts of the one request that all `steps` belong to; the same for any order of them."""
    path = walk(steps)
    timed = [*submission(path), *fulfilment(path), *approval(path)]
    return Facts([*timed, *findings(path, timed)], open_spans(path, "request_open"))


def submission(path: Walk[Step]) -> list[Measurement]:
    """`request_submitted`, dated when it was."""
    return [Measurement("request_submitted", 0, path.start.time, None, path.place(path.start))]


def fulfilment(path: Walk[Step]) -> list[Measurement]:
    """Its last fulfilment after how long; or how it ended without one, or that it has not ended."""
    start = path.start.time
    fulfilled = [after for before, after in path.turns if fulfils(before, after)]
    if not fulfilled:
        return [unfulfilled(path)]
    last = fulfilled[-1]
    place, promptness = path.place(last), last.promptness
    took = between(start, last.time)
    found = [Measurement("request_fulfilled", 0, last.time, took, place, promptness)]
    if last.business is not None:
        found.append(
            Measurement("request_fulfilled_business", 0, last.time, last.business, place, promptness)
        )
    return found


def fulfils(before: Step, after: Step) -> bool:
    """Whether this turn delivered; closing what was not delivered, nor ended otherwise, delivers it too."""
    return after.status == "fulfilled" or (after.status == "closed" and before.is_open)


def unfulfilled(path: Walk[Step]) -> Measurement:
    """Rejected or cancelled, dated at that; otherwise still open, dated at its submission."""
    ends = [after for _, after in path.turns if after.status in ENDED]
    if ends and not path.steps[-1].is_open:
        last = ends[-1]
        return Measurement(ENDED[last.status], 0, last.time, None, path.place(last))
    return Measurement("requests_unfulfilled", 0, path.start.time, None, path.place(path.start))


def approval(path: Walk[Step]) -> list[Measurement]:
    """How long it waited for approval in all, dated at the end of the last wait that is over."""
    waited, found = 0, list[Measurement]()
    since = path.start.time
    for before, after in path.turns:
        if after.status == "awaiting_approval":
            since = after.time
        elif before.status == "awaiting_approval":
            waited += between(since, after.time)
            found = [Measurement("approval_waited", 0, after.time, waited, path.place(after), RECORD_TYPE)]
    return found
