"""Approval steps: the quorum for every split of votes, and who may vote."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.requests import approval
from itsm_catalog.rules.requests.approval import Approval
from itsm_catalog.rules.requests.offer import Step
from itsm_catalog.rules.requests.quorum import Rule, verdict
from itsm_chassis.errors import Forbidden, Invalid, Refused
from support.requests import START, after

RULES = st.sampled_from(["any", "all", "percentage"])
PERCENT = st.decimals(min_value="0.01", max_value=100, places=2).map(float)
SPLITS = st.integers(1, 60).flatmap(
    lambda n: st.integers(0, n).flatmap(
        lambda yes: st.tuples(st.just(n), st.just(yes), st.integers(0, n - yes))
    )
)


def by_shares(rule: Rule, percentage: float, voters: int, accepted: int, refused: int) -> str:
    """The rule as domain language has it, in shares, exact."""
    yes = Fraction(accepted, voters)
    waiting = Fraction(voters - accepted - refused, voters)
    if rule == "any":
        return "accepted" if yes else "pending" if waiting else "refused"
    wanted = Fraction(1) if rule == "all" else Fraction(str(percentage)) / 100
    if yes >= wanted:
        return "accepted"
    return "pending" if yes + waiting >= wanted else "refused"


@given(RULES, PERCENT, SPLITS)
def test_the_quorum_is_that_of_the_shares_for_every_split_of_votes(
    rule: Rule, percentage: float, split: tuple[int, int, int]
) -> None:
    assert verdict(rule, percentage, *split) == by_shares(rule, percentage, *split)


@given(RULES, PERCENT, st.lists(st.booleans(), min_size=1, max_size=30))
def test_whatever_the_order_of_votes_a_step_is_decided_once_and_by_the_last_vote_at_the_latest(
    rule: Rule, percentage: float, votes: list[bool]
) -> None:
    course = [
        verdict(rule, percentage, len(votes), sum(votes[:cast]), cast - sum(votes[:cast]))
        for cast in range(1, len(votes) + 1)
    ]
    assert course[-1] != "pending"
    decided = next(n for n, each in enumerate(course) if each != "pending")
    assert set(course[decided:]) == {course[decided]}


@pytest.mark.parametrize(
    ("rule", "percentage", "voters", "accepted", "refused", "expected"),
    [
        ("percentage", 66.6, 3, 2, 0, "accepted"),
        ("percentage", 66.7, 3, 2, 0, "pending"),
        ("percentage", 66.7, 3, 2, 1, "refused"),
        ("percentage", 50, 4, 2, 0, "accepted"),
        ("percentage", 50, 4, 1, 2, "pending"),
        ("percentage", 50, 4, 1, 3, "refused"),
        ("percentage", 0.1, 3, 1, 0, "accepted"),
        ("all", None, 3, 2, 0, "pending"),
        ("all", None, 3, 0, 1, "refused"),
        ("any", None, 3, 0, 2, "pending"),
        ("any", None, 3, 0, 3, "refused"),
    ],
)
def test_cases_that_people_ask_about(
    rule: Rule, percentage: float | None, voters: int, accepted: int, refused: int, expected: str
) -> None:
    assert verdict(rule, percentage, voters, accepted, refused) == expected


def step(*voters: str, **fields: Any) -> Approval:
    made = Step(**{"group": "board", "rule": "all"} | fields)
    return approval.asked(UUID(int=7), UUID(int=1), "REQ-1", 1, made, voters, START).state


def cast(state: Approval, voter: str, decision: Any = "accept", hours: float = 1) -> Approval:
    return approval.voted(state, voter, voter, decision, None, after(hours)).state


def test_a_step_that_nobody_can_vote_in_does_not_start() -> None:
    with pytest.raises(Refused, match="board"):
        step()


def test_who_votes_in_whose_place() -> None:
    state = step("anna", "ben", "cleo")
    assert approval.place_of(state, "anna", "rita", [], None) == "anna"
    assert approval.place_of(state, "dora", "rita", ["ben"], None) == "ben"
    assert approval.place_of(state, "anna", "rita", ["ben"], "ben") == "ben"
    assert approval.place_of(cast(state, "ben"), "dora", "rita", ["ben", "cleo"], None) == "cleo"
    with pytest.raises(Invalid, match="ben, cleo"):
        approval.place_of(state, "dora", "rita", ["ben", "cleo"], None)


@pytest.mark.parametrize(
    ("actor", "delegators", "named", "code"),
    [
        ("rita", ["anna"], None, "self_approval"),
        ("rita", ["anna"], "anna", "self_approval"),
        ("dora", [], None, "not_a_voter"),
        ("anna", [], "ben", "not_a_voter"),
        ("dora", ["zoe"], None, "not_a_voter"),
        ("dora", ["zoe"], "zoe", "not_a_voter"),
    ],
)
def test_nobody_votes_for_another_or_on_the_own_request(
    actor: str, delegators: list[str], named: str | None, code: str
) -> None:
    with pytest.raises(Forbidden) as refused:
        approval.place_of(step("anna", "ben"), actor, "rita", delegators, named)
    assert refused.value.code == code


def test_a_vote_is_cast_once_and_in_time() -> None:
    state = step("anna", "ben", expires_after_s=7200)
    for late, voter, code in (
        (cast(state, "anna"), "anna", "already_voted"),
        (cast(state, "anna", "refuse"), "ben", "approval_decided"),
    ):
        with pytest.raises(Refused) as refused:
            cast(late, voter)
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        cast(state, "anna", hours=2)
    assert refused.value.code == "approval_expired"
    assert cast(state, "anna", hours=1.999).status == "pending"


def test_a_step_expires_at_its_time_and_is_dated_so() -> None:
    state = step("anna", expires_after_s=7200)
    assert approval.expired(state, after(1.999)) is None
    event = approval.expired(state, after(50))
    assert event is not None
    assert (event.at, event.state.status, event.state.waiting) == (after(2), "expired", [])
    assert approval.expired(event.state, after(50)) is None
    assert "expired" in approval.why_refused(event.state)


def test_a_change_voids_what_was_asked_and_what_was_given() -> None:
    for state in (step("anna"), cast(step("anna"), "anna")):
        event = approval.voided(state, after(3))
        assert event is not None
        assert event.state.status == "voided"
    assert approval.voided(cast(step("anna"), "anna", "refuse"), after(3)) is None
