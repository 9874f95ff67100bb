"""How much speaks for a change having caused an incident, and whose word counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from itsm_change.rules import suspect
from itsm_change.rules.attribution import DEFAULT, Score, score, suspected
from itsm_change.rules.suspect import Link, Suspect, looked_at

DONE = datetime(2026, 3, 2, 8, tzinfo=UTC)
distances = st.integers(0, DEFAULT.depth)
elapsed = st.timedeltas(timedelta(), DEFAULT.window - timedelta(microseconds=1))
risks = st.integers(0, 100)

PAIR = Suspect(
    id=UUID(int=1),
    version=0,
    change_id=UUID(int=2),
    change_number="CHG-000001",
    change_title="New firmware",
    change_type="normal",
    implemented_at=DONE,
    incident_id=UUID(int=3),
    incident_number="INC-000001",
    opened_at=DONE + timedelta(hours=1),
    service="mail",
    state="withdrawn",
)
ENOUGH = Score(0.8, ())


def rated(distance: int, after: timedelta, risk: int | None) -> float:
    found = score(DEFAULT, distance, DONE, DONE + after, risk)
    assert found is not None
    return found.value


@given(distances, distances, elapsed, risks)
def test_nearer_scores_higher(one: int, other: int, after: timedelta, risk: int) -> None:
    if one != other:
        assert (rated(one, after, risk) > rated(other, after, risk)) == (one < other)


@given(distances, elapsed, elapsed, risks)
def test_later_before_the_incident_scores_higher(
    distance: int, one: timedelta, other: timedelta, risk: int
) -> None:
    if abs(one - other) > timedelta(seconds=2):
        assert (rated(distance, one, risk) > rated(distance, other, risk)) == (one < other)


@given(distances, elapsed, risks, risks)
def test_riskier_scores_higher(distance: int, after: timedelta, one: int, other: int) -> None:
    if one != other:
        assert (rated(distance, after, one) > rated(distance, after, other)) == (one > other)


@given(distances, elapsed, st.none() | risks)
def test_a_score_lies_between_0_and_1_and_is_the_sum_of_its_reasons(
    distance: int, after: timedelta, risk: int | None
) -> None:
    found = score(DEFAULT, distance, DONE, DONE + after, risk)
    assert found is not None
    assert 0 <= found.value <= 1
    assert abs(sum(reason.points for reason in found.reasons) - found.value) < 1e-5


def test_outside_the_window_or_the_depth_nothing_speaks_for_it() -> None:
    assert score(DEFAULT, 0, DONE, DONE - timedelta(seconds=1), 50) is None
    assert score(DEFAULT, 0, DONE, DONE + DEFAULT.window, 50) is None
    assert score(DEFAULT, DEFAULT.depth + 1, DONE, DONE, 50) is None
    assert score(DEFAULT, DEFAULT.depth, DONE, DONE + DEFAULT.window - timedelta(seconds=1), 0) is not None


def test_the_weights_make_one_and_a_distant_old_harmless_change_is_not_suspected() -> None:
    assert sum(DEFAULT.weights.values()) == 1
    assert suspected(DEFAULT, score(DEFAULT, 0, DONE, DONE, 0))
    assert not suspected(DEFAULT, score(DEFAULT, 2, DONE, DONE + timedelta(hours=71), 0))


def test_the_machine_suspects_and_withdraws() -> None:
    found = looked_at(PAIR, ENOUGH, "service mail", None)
    assert (found.state, found.score, found.via) == ("suspected", 0.8, "service mail")
    assert looked_at(found, None, None, None).state == "withdrawn"


def test_a_persons_word_stands_whatever_the_machine_finds() -> None:
    rejected = suspect.judged(PAIR, "rejected", "anna", DONE, "Other cause")
    assert looked_at(rejected, ENOUGH, "service mail", None).state == "rejected"
    assert (
        looked_at(suspect.judged(PAIR, "confirmed", "anna", DONE, None), None, None, None).state
        == "confirmed"
    )


def test_the_latest_word_counts_between_a_person_and_the_incidents_own_link() -> None:
    rejected = suspect.judged(PAIR, "rejected", "anna", DONE, None)
    earlier, later = Link(DONE - timedelta(hours=1), "bo"), Link(DONE + timedelta(hours=1), "bo")
    assert looked_at(rejected, ENOUGH, None, earlier).state == "rejected"
    confirmed = looked_at(rejected, ENOUGH, None, later)
    assert (confirmed.state, confirmed.judged_by, confirmed.judged_through) == ("confirmed", "bo", "link")


def test_a_link_that_is_taken_back_leaves_the_machines_own_finding() -> None:
    linked = looked_at(PAIR, ENOUGH, None, Link(DONE, "bo"))
    assert linked.state == "confirmed"
    assert looked_at(linked, ENOUGH, None, None).state == "suspected"
    assert looked_at(linked, None, None, None).state == "withdrawn"


def test_a_card_is_read_as_it_was_written() -> None:
    found = score(DEFAULT, 1, DONE, DONE + timedelta(hours=1), None)
    assert found is not None
    full = replace(PAIR, score=found.value, reasons=found.reasons, judged_at=DONE, judged_by="anna")
    assert suspect.read(suspect.write(full)) == full
