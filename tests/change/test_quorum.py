"""Quorum, for every rule and every split of votes."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from itsm_change.rules.approval import quorum

splits = st.integers(1, 40).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda a: st.tuples(st.just(n), st.just(a), st.integers(0, n - a)))
)


@given(splits, st.integers(1, 100))
def test_a_share_is_accepted_once_reached_and_refused_once_out_of_reach(
    split: tuple[int, int, int], percentage: int
) -> None:
    voters, accepted, refused = split
    share, possible = Fraction(accepted, voters), Fraction(voters - refused, voters)
    needed = Fraction(percentage, 100)
    expected = "accepted" if share >= needed else "pending" if possible >= needed else "refused"
    assert quorum("percentage", float(percentage), voters, accepted, refused) == expected


@given(splits)
def test_any_takes_one_acceptance_and_all_takes_every_one(split: tuple[int, int, int]) -> None:
    voters, accepted, refused = split
    one = "accepted" if accepted else "refused" if refused == voters else "pending"
    every = "accepted" if accepted == voters else "refused" if refused else "pending"
    assert quorum("any", None, voters, accepted, refused) == one
    assert quorum("all", None, voters, accepted, refused) == every


@given(
    st.sampled_from(["any", "all", "percentage"]), st.integers(1, 100), st.lists(st.booleans(), min_size=1)
)
def test_every_course_of_votes_ends_decided_and_no_decision_is_ever_taken_back(
    rule: str, percentage: int, votes: list[bool]
) -> None:
    verdicts = [
        quorum(rule, float(percentage), len(votes), sum(votes[:n]), n - sum(votes[:n]))  # type: ignore[arg-type]  # one of the three rules
        for n in range(len(votes) + 1)
    ]
    assert verdicts[0] == "pending"
    assert verdicts[-1] in ("accepted", "refused")
    decided = [verdict for verdict in verdicts if verdict != "pending"]
    assert len(set(decided)) == 1
