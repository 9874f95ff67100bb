"""When a clock has something to say."""

from datetime import datetime

from itsm_sla.clock import Clock, Threshold


def next_due(clock: Clock, now: datetime) -> datetime | None:
    """The next moment after `now` at which a threshold or the deadline fires.

    None while the clock is paused, once it has ended, and after its deadline.
    """
    if clock.ended_at is not None:
        return None
    fires = (mark.fires_at for mark in clock.thresholds)
    return min((at for at in fires if at is not None and at > now), default=None)


def fired(clock: Clock, after: datetime | None, until: datetime) -> tuple[Threshold, ...]:
    """The thresholds that fire in (after, until], in rising order, each dated by its `fires_at`.

    `after` is until when the caller has asked before, so that each fires once and what was due in a
    downtime comes at once; whether a clock has ended meanwhile, and how, is in the clock. None stands for
    a clock that is new to the caller: of the thresholds already passed only the highest fires.
    """
    due = tuple(
        mark
        for mark in clock.thresholds
        if mark.fires_at is not None and mark.fires_at <= until and (after is None or mark.fires_at > after)
    )
    return due if after is not None else due[-1:]
