"""What is said about the clocks after each event of a record."""

from dataclasses import replace

from hypothesis import given, settings
from itsm_sla.clock import Clock, clocks
from itsm_sla.moment import History
from itsm_sla.turn import turns

from .cases import office, policy, resolve, told
from .strategies import histories

AGREED = [policy(resolve(8), resolve(2, "P1")), policy(resolve(4), key="internal", kind="ola")]


def said(history: History) -> list[list[str]]:
    """The facts after each event."""
    before: tuple[Clock, ...] = ()
    told_of = []
    for count in range(1, len(history.moments) + 1):
        after = clocks(replace(history, moments=history.moments[:count]), AGREED, [office()])
        found = turns(before, after)
        told_of.append(
            [f"{turn.what} {turn.clock.policy.key} {turn.clock.target.seconds // 3600}" for turn in found]
        )
        before = after
    return told_of


def test_each_event_says_what_it_did_to_the_clocks() -> None:
    history = told(
        ("2026-03-03T08:00:00+01:00", {}),
        ("2026-03-03T09:00:00+01:00", {"status": "on_hold", "hold_reason": "vendor"}),
        ("2026-03-03T09:10:00+01:00", {"hold_reason": "caller"}),
        ("2026-03-03T09:20:00+01:00", {"priority": "P1"}),
        ("2026-03-03T09:30:00+01:00", {"status": "in_progress", "assignment_group": "network"}),
        ("2026-03-03T10:00:00+01:00", {"status": "resolved"}),
        ("2026-03-03T11:00:00+01:00", {"status": "in_progress"}),
        ("2026-03-03T11:30:00+01:00", {"status": "cancelled"}),
    )
    assert said(history) == [
        ["attached gold 8", "attached internal 4"],
        ["paused gold 8", "paused internal 4"],
        [],
        ["cancelled gold 8", "attached gold 2", "paused gold 2"],
        ["resumed gold 2", "completed internal 4", "attached internal 4"],
        ["completed gold 2", "completed internal 4"],
        ["resumed gold 2", "resumed internal 4"],
        ["cancelled gold 2", "cancelled internal 4"],
    ]


@settings(max_examples=40, deadline=None)
@given(histories())
def test_no_clock_is_taken_back_or_attached_twice(history: History) -> None:
    whole = clocks(history, AGREED, [office()])
    facts = [fact for event in said(history) for fact in event]
    assert sum(fact.startswith("attached") for fact in facts) == len(whole)
    assert len({clock.identity for clock in whole}) == len(whole)
