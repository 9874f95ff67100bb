"""What may be asked about a figure's time: its buckets, the period before, its trend."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple, get_args

from itsm_chassis.http.query import wrong
from itsm_chassis.http.values import read_flag
from itsm_sla.zone import zone

from itsm_metrics.queries.question import Question
from itsm_metrics.queries.series import Period
from itsm_metrics.rules.edges import BUCKETS, MOST, Bucket, before, edges, is_edge

COMPARED: Final = ("previous",)


class View(NamedTuple):
    """What is asked beside the figure itself."""

    bucket: Bucket | None
    compares: bool
    trend: bool


def view(given: dict[str, str]) -> View:
    """Taken out of the parameters; `Invalid` names the one that is malformed."""
    bucket, compared, trend = (given.pop(name, None) for name in ("bucket", "compare", "trend"))
    if bucket is not None and bucket not in BUCKETS:
        raise wrong("bucket", "invalid_parameter", f"must be one of {', '.join(get_args(Bucket))}")
    if compared is not None and compared not in COMPARED:
        raise wrong("compare", "invalid_parameter", "must be previous")
    try:
        wanted = trend is not None and read_flag(trend)
    except ValueError as error:
        raise wrong("trend", "invalid_parameter", str(error)) from None
    if wanted and bucket is None:
        raise wrong("trend", "needs_bucket", "needs bucket: it is the slope from bucket to bucket")
    return View(bucket, compared is not None, wanted)


def cuts(asked: Question, bucket: Bucket | None) -> list[datetime] | None:
    """Where the buckets begin and the last one ends."""
    if bucket is None:
        return None
    try:
        found = edges(bucket, zone(asked.zone), asked.since, asked.until, MOST)
    except OverflowError:
        raise wrong("from", "invalid_parameter", f"is before the calendar of {asked.zone} begins") from None
    if len(found) > MOST + 1:
        raise wrong(
            "bucket", "too_many_buckets", f"makes more than {MOST} of this period: ask for longer ones"
        )
    return found


def compared(asked: Question, view: View) -> Period | None:
    """The period before."""
    if not view.compares:
        return None
    try:
        return before(zone(asked.zone), asked.since, asked.until)
    except (OverflowError, ValueError):
        raise wrong("compare", "no_period_before", "has no period before: the calendar begins") from None


def whole(asked: Question, bucket: Bucket, found: Sequence[datetime]) -> list[bool]:
    """Which buckets are whole: not clipped by the period, and over."""
    place = zone(asked.zone)
    return [
        is_edge(bucket, place, start) and is_edge(bucket, place, end) and end <= asked.now
        for start, end in pairwise(found)
    ]
