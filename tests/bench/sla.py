"""`PYTHONPATH=tests python -m bench.sla`: what the SLA engine costs, in microseconds of one core.

The baseline is one conversion of an instant to local time by zoneinfo, in the same run: figures move with
the machine, their ratio to it much less. Asserts nothing.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from itsm_sla.business_time import due, elapsed
from itsm_sla.clock import clocks
from itsm_sla.comparison import compare
from itsm_sla.explanation import explain
from itsm_sla.instant import HOUR
from itsm_sla.reading import read
from itsm_sla.timer import next_due
from itsm_sla.zone import zone
from sla.cases import at, office, policy, resolve, respond, told

ROUNDS = 7


def cost(call: Callable[[], object], times: int) -> float:
    """Microseconds per call, the median of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            call()
        rounds.append((time.perf_counter() - began) / times * 1e6)
    return median(rounds)


def main() -> None:
    """Print the table."""
    holidays = tuple(f"{year}-12-{day}" for year in range(2020, 2030) for day in (24, 25, 26, 31))
    calendar = office("Europe/Stockholm", closed=holidays)
    start, end = at("2026-03-06T14:07:31+01:00"), at("2026-05-07T09:30:00+02:00")
    hold, work = {"status": "on_hold", "hold_reason": "caller"}, {"status": "in_progress"}
    history = told(
        ("2026-03-02T08:00:00+01:00", {}),
        ("2026-03-02T09:00:00+01:00", work | {"assignee": "an agent"}),
        ("2026-03-02T12:00:00+01:00", hold),
        ("2026-03-04T10:00:00+01:00", work),
        ("2026-03-05T10:00:00+01:00", {"assignment_group": "network"}),
        ("2026-03-05T16:00:00+01:00", hold | {"hold_reason": "vendor"}),
        ("2026-03-09T08:30:00+01:00", work),
        ("2026-03-09T17:00:00+01:00", {"status": "resolved"}),
        ("2026-03-12T11:00:00+01:00", work),
        ("2026-03-13T15:00:00+01:00", {"status": "resolved"}),
    )
    one, both = [policy(resolve(30))], [policy(respond(1), resolve(30))]
    four = [*both, policy(resolve(8), key="internal", kind="ola")]
    calendars = [calendar]
    (clock,) = clocks(history, one, calendars)
    now = datetime(2026, 4, 1, tzinfo=UTC)
    place = zone("Europe/Stockholm")
    fresh = office("Europe/Stockholm", closed=holidays)

    def cold() -> object:
        fresh.__dict__.pop("openings", None)
        return due(fresh, start, 30 * HOUR)

    rows: list[tuple[str, Callable[[], object], int]] = [
        ("baseline: one instant to local time (zoneinfo)", lambda: start.astimezone(place), 20_000),
        ("due, 30 h", lambda: due(calendar, start, 30 * HOUR), 20_000),
        ("due, 2,000 h (8 months)", lambda: due(calendar, start, 2_000 * HOUR), 20_000),
        ("due, the first in a calendar's year", cold, 20),
        ("elapsed, two months", lambda: elapsed(calendar, start, end), 20_000),
        ("elapsed, an hour", lambda: elapsed(calendar, start, start + timedelta(hours=1)), 20_000),
        ("fold of 10 events, 1 clock", lambda: clocks(history, one, calendars), 2_000),
        ("fold of 10 events, 2 clocks", lambda: clocks(history, both, calendars), 2_000),
        ("fold of 10 events, 4 clocks of 2 policies", lambda: clocks(history, four, calendars), 2_000),
        ("read", lambda: read(clock, now), 5_000),
        ("next_due", lambda: next_due(clock, now), 20_000),
        ("explain, 7 intervals", lambda: explain(clock, now), 1_000),
        (
            "compare with itself recomputed",
            lambda: compare([clock], clocks(history, one, calendars), now),
            1_000,
        ),
    ]
    baseline = 0.0
    print(f"{'what':<48}{'us':>10}{'x baseline':>12}")
    for name, call, times in rows:
        call()
        took = cost(call, times)
        baseline = baseline or took
        print(f"{name:<48}{took:>10.2f}{took / baseline:>12.1f}")


if __name__ == "__main__":
    main()
