"""What is said of SLA clocks depends on what happened, never on how it came in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_incident.rules.clock import Happened, Row
from itsm_incident.rules.clock_fold import Kept, agreements, counted, fire, fold, next_at
from itsm_incident.rules.clock_text import read, write
from itsm_sla.calendar import ALWAYS, Calendar, Hours, weekdays
from itsm_sla.moment import History, Moment
from itsm_sla.policy import Policy, Target
from itsm_sla.reading import read as reading
from sla.strategies import histories

RECORD = UUID(int=7)
OLD = datetime(2020, 1, 1, tzinfo=UTC)
NINE_TO_FIVE = weekdays({day: [Hours(540, 1020)] for day in range(5)})
CALENDARS = (
    Calendar("office", 1, "Office", OLD, OLD, "Europe/Berlin", NINE_TO_FIVE),
    Calendar("always", 1, "Always", OLD, OLD, "UTC", ALWAYS),
)
GOLD = Policy(
    "gold",
    1,
    "Gold",
    "sla",
    OLD,
    OLD,
    "always",
    (Target("respond", 3600), Target("resolve", 4 * 3600, "P1"), Target("resolve", 20 * 3600, "P2")),
)
DESK = Policy("desk", 1, "Desk", "ola", OLD, OLD, "office", (Target("resolve", 3 * 3600),))
POLICIES = (GOLD, DESK)


def at(hours: float) -> datetime:
    return datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(hours=hours)


def story(*steps: tuple[float, str, str]) -> History:
    """(hours, state, priority) after another."""
    moments = (
        Moment(f"e{n}", n, at(hours), status, priority=priority)
        for n, (hours, status, priority) in enumerate(steps, 1)
    )
    return History(at(steps[0][0]), tuple(moments))


def folded(
    history: History, kept: Kept, now: datetime, policies: tuple[Policy, ...] = POLICIES
) -> tuple[Kept, list[Happened]]:
    return fold(RECORD, history, kept, agreements(history, policies, CALENDARS), now)


def said(happened: list[Happened]) -> list[tuple[str, str, float]]:
    """What was said of which measure, in hours after the stories' start."""
    return [(h.row.measure, h.what, (h.at - at(0)) / timedelta(hours=1)) for h in happened]


def in_order(happened: list[Happened]) -> list[Happened]:
    return sorted(happened, key=lambda h: (h.row.id, h.row.version))


def test_a_life_is_told_with_its_thresholds_between_the_events() -> None:
    history = story((0, "new", "P1"), (1, "in_progress", "P1"), (2.5, "on_hold", "P1"))
    history = history.then(
        Moment("e4", 4, at(10), "in_progress", priority="P1"), Moment("e5", 5, at(20), "resolved")
    )
    _, happened = folded(history, Kept(), at(30), (GOLD,))
    assert [each for each in said(happened) if each[0] == "resolve"] == [
        ("resolve", "attached", 0),
        ("resolve", "threshold_reached", 2),
        ("resolve", "paused", 2.5),
        ("resolve", "resumed", 10),
        ("resolve", "threshold_reached", 10.5),
        ("resolve", "threshold_reached", 11.1),
        ("resolve", "breached", 11.5),
        ("resolve", "completed", 20),
    ]
    assert [h.business_us / 3.6e9 for h in happened if h.row.measure == "resolve"] == [
        0,
        2,
        2.5,
        2.5,
        3,
        3.6,
        4,
        12.5,
    ]


@settings(max_examples=150, deadline=None)
@given(histories(most=7, minutes=3 * 1440), st.data())
def test_any_batches_say_the_same_once_and_keep_the_same(history: History, data: st.DataObject) -> None:
    end = history.moments[-1].at + timedelta(hours=data.draw(st.integers(0, 100)))
    whole, at_once = folded(history, Kept(), end)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(history.moments)))) | {len(history.moments)})
    kept, bit_by_bit = Kept(), []
    for cut in cuts:
        part = replace(history, moments=history.moments[:cut])
        until = history.moments[cut].at if cut < len(history.moments) else end
        kept, happened = folded(part, kept, until)
        bit_by_bit += happened
    assert in_order(bit_by_bit) == in_order(at_once)
    assert kept == whole
    assert read(write(kept.rows)) == tuple(sorted(kept.rows, key=lambda row: row.identity))
    again, nothing = folded(history, kept, end)
    assert (again, nothing) == (kept, [])


@settings(max_examples=100, deadline=None)
@given(histories(most=5, minutes=3 * 1440))
def test_firing_from_the_stored_rows_says_what_counting_anew_would_say(history: History) -> None:
    start = history.moments[-1].at
    kept, _ = folded(history, Kept(), start)
    counted_anew, expected = folded(history, kept, start + timedelta(days=90))
    happened: list[Happened] = []
    while (due := next_at(kept.rows)) is not None and due < start + timedelta(days=90):
        kept, fired = fire(kept, due + timedelta(microseconds=1))
        happened += fired
    assert in_order(happened) == in_order(expected)
    assert kept == counted_anew


@settings(max_examples=100, deadline=None)
@given(histories(most=6, minutes=3 * 1440), st.integers(1, 6))
def test_a_policy_that_comes_late_is_told_as_if_it_had_come_before(history: History, when: int) -> None:
    end = history.moments[-1].at + timedelta(days=1)
    whole, before = folded(history, Kept(), end)
    first = replace(history, moments=history.moments[:when])
    kept, early = folded(first, Kept(), first.moments[-1].at, (GOLD,))
    kept, late = folded(history, kept, end)
    assert in_order(early + late) == in_order(before)
    assert {row.identity: row for row in kept.rows} == {row.identity: row for row in whole.rows}


def test_another_version_is_told_as_it_stands_and_only_its_highest_late_threshold() -> None:
    history = story((0, "new", "P2"), (0.5, "in_progress", "P2"))
    kept, _ = folded(history, Kept(), at(5), (GOLD,))
    shorter = replace(GOLD, version=2, targets=(Target("respond", 3600), Target("resolve", 5 * 3600)))
    kept, happened = folded(history, kept, at(5), (GOLD, shorter))
    assert said(happened) == [
        ("respond", "completed", 0.5),
        ("resolve", "attached", 5),
        ("resolve", "threshold_reached", 4.5),
    ]
    assert happened[-1].threshold == 90
    assert folded(history, kept, at(5), (GOLD, shorter)) == (kept, [])


def test_a_policy_that_falls_away_withdraws_its_clocks_once() -> None:
    history = story((0, "new", "P2"))
    kept, _ = folded(history, Kept(), at(5), (GOLD,))
    retired = replace(GOLD, version=2, retired=True)
    kept, happened = folded(history, kept, at(6), (GOLD, retired))
    assert {(h.what, h.row.ending, h.at) for h in happened} == {("cancelled", "withdrawn", at(6))}
    assert folded(history, kept, at(7), (GOLD, retired))[1] == []


@settings(max_examples=100, deadline=None)
@given(histories(most=6, minutes=3 * 1440))
def test_rows_hold_what_the_engine_reads(history: History) -> None:
    end = history.moments[-1].at + timedelta(hours=30)
    kept, _ = folded(history, Kept(), end)
    rows: dict[object, Row] = {row.identity: row for row in kept.rows}
    agreed = agreements(history, POLICIES, CALENDARS)
    found = {clock.identity: clock for clock in counted(history, agreed, agreed)}
    assert rows.keys() == found.keys()

    for identity, clock in found.items():
        shown, row = reading(clock, end), rows[identity]
        assert row.elapsed(end) == shown.elapsed
        assert row.business(end, clock.calendar) == shown.business
        assert (row.breached(end), row.verdict(end)) == (shown.breached, shown.verdict)


def test_a_very_long_history_of_edits_is_counted_in_no_time() -> None:
    history = story(*((n / 60, "new", "P1") for n in range(5000)))
    kept, happened = folded(history, Kept(), at(100), (GOLD,))
    assert (kept.through, len(happened)) == (5000, 10)


def test_a_long_history_of_holds_hands_and_priorities_is_told_the_same_in_parts() -> None:
    moments = tuple(
        Moment(
            f"e{n}",
            n,
            at(n / 6),
            "on_hold" if n % 2 else "in_progress",
            priority=("P1", "P2")[n // 40 % 2],
            assignment_group=("desk", "network")[n // 10 % 2],
        )
        for n in range(1, 601)
    )
    history = History(at(0), moments)
    whole, at_once = folded(history, Kept(), at(200))
    kept, in_parts = Kept(), []
    for cut in (200, 201, 450, 600):
        until = moments[cut].at if cut < 600 else at(200)
        kept, happened = folded(replace(history, moments=moments[:cut]), kept, until)
        in_parts += happened
    assert len(at_once) > 1200
    assert (kept, in_order(in_parts)) == (whole, in_order(at_once))
