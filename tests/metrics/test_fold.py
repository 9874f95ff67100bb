"""An incident's events fold to its facts: each case spelled out."""

import json
from datetime import datetime
from typing import Any

import pytest
from itsm_metrics.projections.facts import incident
from itsm_metrics.rules.facts import Facts, Place
from support.incident_events import Story, altered, at

MINUTE = 60_000_000


def folded(story: Story) -> Facts:
    return incident(story.envelopes)


def of(facts: Facts, measure: str) -> list[tuple[datetime, int | None]]:
    """(when, minutes or number) of each measurement of that name."""
    return [(m.at, m.value) for m in facts.measurements if m.measure == measure]


def one(facts: Facts, measure: str) -> tuple[datetime, int | None]:
    [found] = of(facts, measure)
    return found


def findings(facts: Facts) -> list[tuple[Any, str | None]]:
    return [(m.at, m.detail) for m in facts.measurements if m.measure == "finding"]


def open_minutes(facts: Facts) -> list[tuple[float, float | None, str | None]]:
    """(from, to, group) of each open span, in minutes after the start."""

    def minutes(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - at(0)).total_seconds() / 60

    spans = [span for span in facts.spans if span.kind == "open"]
    return [(minutes(s.started_at) or 0, minutes(s.ended_at), s.place.assignment_group) for s in spans]


def test_a_new_incident_is_open_unacknowledged_and_unresolved() -> None:
    facts = folded(Story(priority="P2", service="mail"))
    assert {m.measure for m in facts.measurements} == {"opened", "never_acknowledged", "never_resolved"}
    assert {(m.at, m.place) for m in facts.measurements} == {(at(0), Place("P2", "mail"))}
    assert open_minutes(facts) == [(0, None, None)]


def test_a_plain_life_gives_each_duration_in_microseconds() -> None:
    facts = folded(Story().then(5, "in_progress").then(65, "resolved").then(999, "closed"))
    assert one(facts, "acknowledged") == (at(5), 5 * MINUTE)
    assert one(facts, "first_resolved") == (at(65), 65 * MINUTE)
    assert one(facts, "last_resolved") == (at(65), 65 * MINUTE)
    assert one(facts, "reopened") == (at(65), 0)
    assert one(facts, "first_contact") == (at(65), 1)
    assert one(facts, "reassigned") == (at(65), 0)
    assert open_minutes(facts) == [(0, 65, None)]
    assert findings(facts) == []


def test_acknowledged_when_its_owner_says_so_whatever_the_state() -> None:
    facts = folded(Story().then(7, assignee="anna", acknowledged_at=at(7)).then(9, "in_progress"))
    assert one(facts, "acknowledged") == (at(7), 7 * MINUTE)


def test_a_reopened_incident_keeps_its_first_resolution_and_moves_its_last() -> None:
    story = Story().then(10, "resolved").then(20, "in_progress").then(50, "resolved").then(60, "closed")
    facts = folded(story)
    assert one(facts, "first_resolved") == (at(10), 10 * MINUTE)
    assert one(facts, "last_resolved") == (at(50), 50 * MINUTE)
    assert of(facts, "reopening") == [(at(20), 1)]
    assert one(facts, "reopened") == (at(10), 1), "dated at the first resolution"
    assert one(facts, "first_contact") == (at(10), 0)
    assert open_minutes(facts) == [(0, 10, None), (20, 50, None)]


def test_resolved_while_resolved_is_no_new_resolution() -> None:
    facts = folded(Story().then(10, "resolved").then(30, "resolved"))
    assert one(facts, "last_resolved") == (at(10), 10 * MINUTE)


def test_closed_without_resolved_is_a_resolution_at_the_same_time() -> None:
    facts = folded(Story().then(5, "in_progress").then(30, "closed"))
    assert one(facts, "first_resolved") == one(facts, "last_resolved") == (at(30), 30 * MINUTE)


def test_resolved_after_closed_moves_the_final_resolution_and_reopens_nothing() -> None:
    facts = folded(Story().then(10, "resolved").then(20, "closed").then(40, "resolved"))
    assert one(facts, "first_resolved") == (at(10), 10 * MINUTE)
    assert one(facts, "last_resolved") == (at(40), 40 * MINUTE)
    assert of(facts, "reopening") == []


@pytest.mark.parametrize("end", ["resolved", "closed", "cancelled"])
@pytest.mark.parametrize("back", ["new", "in_progress", "on_hold"])
def test_leaving_any_ended_state_for_an_open_one_is_a_reopening(end: str, back: str) -> None:
    facts = folded(Story().then(10, end).then(20, back))
    assert of(facts, "reopening") == [(at(20), 1)]


def test_a_cancelled_incident_was_never_resolved_and_is_no_backlog() -> None:
    facts = folded(Story().then(10, "cancelled"))
    assert one(facts, "never_resolved") == (at(0), None)
    assert of(facts, "first_resolved") == []
    assert open_minutes(facts) == [(0, 10, None)]


def test_closing_what_was_cancelled_resolves_it_for_it_was_not_resolved_before() -> None:
    assert one(folded(Story().then(10, "cancelled").then(30, "closed")), "first_resolved")[1] == 30 * MINUTE


def test_a_change_of_reason_does_not_end_a_hold_and_only_ended_holds_count() -> None:
    story = Story().then(1, "in_progress").then(10, "on_hold", hold_reason="caller")
    story.then(15, "on_hold", hold_reason="vendor").then(30, "in_progress").then(40, "on_hold")
    assert of(folded(story), "hold_ended") == [(at(30), 20 * MINUTE)]
    story.then(41, "resolved")
    assert of(folded(story), "hold_ended") == [(at(30), 20 * MINUTE), (at(41), 1 * MINUTE)]


def test_groups_count_as_reassignments_only_when_one_follows_another() -> None:
    story = Story().then(1, assignment_group="a").then(2, assignment_group=None)
    story.then(3, assignment_group="a").then(4, "resolved")
    assert one(folded(story), "reassigned") == (at(4), 0)
    story.then(5, "in_progress", assignment_group="b").then(6, "resolved")
    assert one(folded(story), "reassigned") == (at(4), 1), "also what came after the first resolution"


def test_dimensions_are_those_of_the_completing_event_but_priority_is_that_at_opening() -> None:
    story = Story(priority="P4", service="mail").then(5, "in_progress", priority="P1", assignment_group="a")
    story.then(9, "resolved", service="web", assignment_group="b")
    places = {m.measure: m.place for m in folded(story).measurements}
    assert places["opened"] == Place("P4", "mail")
    assert places["acknowledged"] == Place("P4", "mail", "a")
    assert places["first_resolved"] == Place("P4", "web", "b")


def test_the_backlog_moves_with_the_group() -> None:
    story = Story().then(5, assignment_group="a").then(8, title="x").then(9, assignment_group="b")
    assert open_minutes(folded(story)) == [(0, 5, None), (5, 9, "a"), (9, None, "b")]


def test_an_event_that_has_not_come_yet_is_a_gap_and_closes_when_it_comes() -> None:
    story = Story().then(5, "in_progress").then(9, "resolved")
    first, second, third = story.envelopes
    assert findings(incident([first, third])) == [(at(9), "sequence_gap")]
    assert findings(incident([third])) == [(at(9), "sequence_gap")]
    assert open_minutes(incident([third])) == [(0, 9, None)], "open since it was opened"
    assert incident([third, first, second]) == folded(story)


def test_two_events_of_one_version_are_counted_and_the_order_of_arrival_decides_nothing() -> None:
    story = Story().then(5, "resolved")
    rival = altered(story.told[1], time="2026-03-02T08:30:00Z")
    both = [*story.envelopes, rival.body]
    assert [code for _, code in findings(incident(both))] == ["sequence_conflict"]
    assert incident(both) == incident(both[::-1])
    winner = min(story.told[1], rival, key=lambda event: str(event.envelope.id))
    assert one(incident(both), "first_resolved")[0] == winner.envelope.time


def test_a_clock_that_ran_backwards_is_counted_and_its_durations_stay_in() -> None:
    facts = folded(Story(10).then(4, "resolved"))
    assert one(facts, "first_resolved") == (at(4), -6 * MINUTE)
    assert findings(facts) == [(at(4), "time_before_predecessor"), (at(4), "negative_interval")]
    assert open_minutes(facts) == [], "no moment at which it was open"


def test_what_the_owner_counted_already_is_not_counted_again() -> None:
    odd = ["time_before_predecessor", "unusual_transition"]
    facts = folded(Story(0).then(20, "in_progress").then(10, "closed", deviations=odd))
    assert findings(facts) == [(at(10), "time_before_predecessor"), (at(10), "unusual_transition")]


def test_no_moment_lies_in_two_open_spans_even_where_steps_run_backwards() -> None:
    story = Story().then(10, assignment_group="a").then(5, assignment_group="b").then(20, "resolved")
    assert open_minutes(folded(story)) == [(0, 10, None), (10, 20, "b")]


def test_fields_that_this_version_does_not_know_are_ignored() -> None:
    story = Story().then(5, "resolved")
    newer = [json.dumps(json.loads(text) | {"severity": 9}) for text in story.envelopes]
    assert incident(newer) == folded(story)
