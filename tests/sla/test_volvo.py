"""A real desk's incidents: the clocks agree with a computation minute by minute."""

import random
import time
from collections import Counter
from itertools import pairwise

import pytest
from itsm_sla.clock import clocks
from itsm_sla.comparison import compare
from itsm_sla.explanation import explain
from itsm_sla.instant import SECOND, micros
from itsm_sla.moment import History
from itsm_sla.reading import read
from itsm_sla.zone import zone

from . import minutes, volvo

pytestmark = pytest.mark.skipif(
    not volvo.LOG.is_file(), reason=f"needs the log {volvo.LOG.name} in ../shared/data beside the clone"
)
NOW_S = micros(volvo.NOW) // SECOND


def reopened(history: History) -> bool:
    done = [moment.phase == "done" for moment in history.moments]
    return any(before and not after for before, after in pairwise(done))


def held(history: History) -> bool:
    return any(moment.phase == "held" for moment in history.moments)


def chosen() -> list[History]:
    """200 incidents: 50 that were reopened, 50 with holds, 100 of any kind."""
    chance, everything = random.Random(4), volvo.everything()
    some = chance.sample([each for each in everything if reopened(each)], 50)
    some += chance.sample([each for each in everything if held(each) and each not in some], 50)
    return some + chance.sample([each for each in everything if each not in some], 100)


def plain(history: History) -> tuple[int, list[minutes.State]]:
    """The opening and the states in seconds, in the order of the file; time never goes back."""
    opened = clock = micros(history.opened_at) // SECOND
    states = []
    for moment in history.moments:
        assert moment.at.microsecond == 0
        clock = max(clock, micros(moment.at) // SECOND)
        states.append(minutes.State(clock, moment.status, moment.priority))
    return opened, states


def test_200_incidents_come_to_the_same_minute_by_minute() -> None:
    agreed, calendar = volvo.agreed()
    is_open = minutes.office(zone("Europe/Stockholm"), {day: [(480, 1080)] for day in range(5)}, set())
    within = {priority: hours * 3600 for priority, hours in volvo.WITHIN.items()}
    for history in chosen():
        clock = clocks(history, [agreed], [calendar])[-1]
        shown = read(clock, volvo.NOW)
        opened, states = plain(history)
        found = minutes.resolve_clock(opened, states, within, is_open, NOW_S)
        told = (shown.business, clock.ended_at and micros(clock.ended_at), shown.breached)
        assert told == (found.business * SECOND, found.ended and found.ended * SECOND, found.breached)
        if found.breached:
            assert clock.due_at is not None
            assert micros(clock.due_at) == (found.due or 0) * SECOND
        assert sum(
            row.business for row in explain(clock, volvo.NOW).rows if row.interval.kind == "running"
        ) == (shown.business)


def test_the_whole_log_is_computed_twice_alike_and_its_compliance_told() -> None:
    agreed, calendar = volvo.agreed()
    everything = volvo.everything()
    began = time.perf_counter()
    all_clocks = [clocks(history, [agreed], [calendar]) for history in everything]
    took = time.perf_counter() - began
    again = [clocks(history, [agreed], [calendar]) for history in everything]
    assert [
        compare(*pair, volvo.NOW) for pair in zip(all_clocks, again, strict=True) if pair[0] != pair[1]
    ] == []
    counts = Counter(
        (clock.target.priority, read(clock, volvo.NOW).verdict) for made in all_clocks for clock in made
    )
    print(f"\n{len(everything):,} incidents in {took:.2f} s, {took / len(everything) * 1e6:.0f} us each")
    for priority in volvo.WITHIN:
        met, late = counts[priority, "met"], counts[priority, "breached"]
        rest = {
            verdict: n
            for (of, verdict), n in counts.items()
            if of == priority and verdict not in ("met", "breached")
        }
        print(f"{priority}: {met:,} of {met + late:,} met, {met / (met + late):.4f}; apart: {rest}")
    assert sum(counts.values()) == len(everything)
