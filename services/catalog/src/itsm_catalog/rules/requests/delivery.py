"""The delivery clock of a request: a fold of its events over the open time of its offering's calendar.

It runs from the submission, stands still while the request is on hold and between a fulfilment and a
reopening, and is over when the request is. Holds are measured in the same open time as the promise.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from itsm_sla.business_time import due, elapsed
from itsm_sla.calendar import ALWAYS, Calendar
from itsm_sla.instant import SECOND

from itsm_catalog.rules.requests.request import Delivery

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ROUND_THE_CLOCK: Final = Calendar("24x7", 1, "24x7", EPOCH, EPOCH, "UTC", ALWAYS)
"""What counts where an offering names no calendar."""


def begun(promised_s: int | None, calendar: Calendar, at: datetime) -> Delivery:
    """The clock at the submission."""
    named = calendar is not ROUND_THE_CLOCK
    clock = Delivery(
        promised_s=promised_s,
        calendar=calendar.key if named else None,
        calendar_version=calendar.version if named else None,
    )
    return resumed(clock, calendar, at)


def counted_us(clock: Delivery) -> int:
    """What has counted, in whole microseconds: seconds hold these exactly for 285 years."""
    return round(clock.counted_s * SECOND)


def resumed(clock: Delivery, calendar: Calendar, at: datetime) -> Delivery:
    """The clock from here on running. A deadline that has passed stays where it was."""
    due_at = clock.due_at
    if clock.promised_s is not None and (left := clock.promised_s * SECOND - counted_us(clock)) >= 0:
        due_at = due(calendar, at, left)
    return replace(clock, running_since=at, due_at=due_at)


def stopped(clock: Delivery, calendar: Calendar, at: datetime) -> Delivery:
    """The clock standing still from here on; one that stands still already stays as it is."""
    if clock.running_since is None:
        return clock
    counted = counted_us(clock) + elapsed(calendar, clock.running_since, at)
    return replace(clock, counted_s=counted / SECOND, running_since=None)


def kept(clock: Delivery) -> bool | None:
    """Whether what has counted so far is within the promise; None where nothing was promised."""
    return None if clock.promised_s is None else counted_us(clock) <= clock.promised_s * SECOND


def breach_due(clock: Delivery) -> datetime | None:
    """After which moment the promise is broken, where that is still to be said."""
    return clock.due_at if clock.running_since is not None and not clock.breached else None


def broken(clock: Delivery, at: datetime) -> bool:
    """Whether the deadline had passed at `at` and nobody has said so yet; the very moment is in time."""
    due_at = breach_due(clock)
    return due_at is not None and due_at < at
