"""The lifecycle of a service request: every pair of states, and what entering one does."""

from typing import get_args

import pytest
from itsm_catalog.rules.requests import access, closing, lifecycle
from itsm_catalog.rules.requests.delivery import ROUND_THE_CLOCK
from itsm_catalog.rules.requests.lifecycle import TRANSITIONS, Transition, move
from itsm_catalog.rules.requests.request import ServiceRequest, Status
from itsm_chassis.errors import Invalid, Refused
from support.requests import after, entered, moved, submitted

LIFECYCLE = """
submitted awaiting_approval in_fulfilment cancelled
awaiting_approval approved rejected cancelled
approved in_fulfilment cancelled
in_fulfilment on_hold fulfilled cancelled
on_hold in_fulfilment cancelled
fulfilled closed in_fulfilment
"""
ALLOWED = {(line.split()[0], to) for line in LIFECYCLE.strip().splitlines() for to in line.split()[1:]}
STATES: tuple[Status, ...] = get_args(Status)

WAY: dict[str, tuple[str, ...]] = {
    "submitted": (),
    "awaiting_approval": ("awaiting_approval",),
    "approved": ("awaiting_approval", "approved"),
    "rejected": ("awaiting_approval", "rejected"),
    "in_fulfilment": ("in_fulfilment",),
    "on_hold": ("in_fulfilment", "on_hold"),
    "fulfilled": ("in_fulfilment", "fulfilled"),
    "closed": ("in_fulfilment", "fulfilled", "closed"),
    "cancelled": ("cancelled",),
}


def standing(status: str) -> ServiceRequest:
    request = submitted()
    for hours, to in enumerate(WAY[status], 1):
        request = moved(request, to, after(hours))
    return request


@pytest.mark.parametrize("status", STATES)
def test_each_state_leads_where_the_table_says_and_nowhere_else(status: Status) -> None:
    request = standing(status)
    for to in STATES:
        if (status, to) in ALLOWED:
            assert moved(request, to, after(5)).status == to
        else:
            with pytest.raises(Refused) as refused:
                moved(request, to, after(5))
            assert refused.value.code == "illegal_transition"


def test_the_table_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(STATES)


@pytest.mark.parametrize(
    ("status", "to", "pointer"),
    [("in_fulfilment", "on_hold", "/reason"), ("in_fulfilment", "fulfilled", "/fulfilment_note")],
)
def test_a_missing_field_is_named(status: str, to: Status, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        move(standing(status), Transition(to), after(5), ROUND_THE_CLOCK)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_waiting_for_the_requester_needs_words_for_them() -> None:
    asked = Transition("on_hold", reason="requester")
    with pytest.raises(Invalid) as refused:
        move(standing("in_fulfilment"), asked, after(5), ROUND_THE_CLOCK)
    assert [error.pointer for error in refused.value.errors] == ["/comment"]


def test_what_can_be_asked_for_is_told_with_the_reason_where_it_cannot() -> None:
    items = {item["to"]: item for item in lifecycle.available(standing("awaiting_approval"), after(5))}
    assert {to for to, item in items.items() if item["allowed"]} == {"cancelled"}
    assert "vote" in items["approved"]["why"]
    assert set(items) == set(STATES) - {"submitted", "awaiting_approval"}


def test_a_reopening_counts_and_takes_back_the_note() -> None:
    again = moved(standing("fulfilled"), "in_fulfilment", after(10))
    assert (again.reopen_count, again.reopened_at, again.fulfilment_note) == (1, after(10), None)
    assert (again.first_fulfilled_at, again.fulfilled_at) == (after(2), after(2))
    twice = moved(again, "fulfilled", after(12))
    assert (twice.first_fulfilled_at, twice.fulfilled_at) == (after(2), after(12))


def test_it_reopens_within_the_days_of_its_offering_only() -> None:
    fulfilled = standing("fulfilled")
    assert moved(fulfilled, "in_fulfilment", after(2 + 5 * 24)).status == "in_fulfilment"
    with pytest.raises(Refused, match="days"):
        moved(fulfilled, "in_fulfilment", after(2.01 + 5 * 24))
    never = moved(moved(submitted(reopen_days=0), "in_fulfilment", after(1)), "fulfilled", after(2))
    with pytest.raises(Refused, match="not reopened"):
        moved(never, "in_fulfilment", after(3))


def test_the_wait_for_approval_is_measured() -> None:
    for to in ("approved", "rejected", "cancelled"):
        assert moved(standing("awaiting_approval"), to, after(3)).approval_wait_s == 2 * 3600
    assert standing("in_fulfilment").approval_wait_s == 0


def test_it_closes_by_itself_some_days_after_the_fulfilment_but_not_while_it_can_be_reopened() -> None:
    fulfilled = standing("fulfilled")
    assert closing.due(fulfilled, 0, after(10_000)) is None
    assert closing.due(fulfilled, 7, after(2 + 7 * 24 - 1)) is None
    assert closing.due(fulfilled, 2, after(2 + 3 * 24)) is None
    event = closing.due(fulfilled, 7, after(2 + 7 * 24))
    assert event is not None
    assert event.state.closed_at == after(2 + 7 * 24)
    assert closing.due(standing("in_fulfilment"), 7, after(10_000)) is None


def test_a_requester_moves_what_is_theirs_and_only_so_far() -> None:
    requester = frozenset({"requester"})

    def may(actor: str, status: str, to: str) -> bool:
        return access.may_move(requester, actor, standing(status), to) is None

    assert may("rita", "in_fulfilment", "cancelled")
    assert may("rita", "fulfilled", "closed")
    assert may("rita", "fulfilled", "in_fulfilment")
    assert not may("rita", "on_hold", "in_fulfilment")
    assert not may("rita", "in_fulfilment", "fulfilled")
    assert not may("carl", "in_fulfilment", "cancelled")
    assert access.may_move(frozenset({"agent"}), "carl", standing("in_fulfilment"), "fulfilled") is None


def test_an_end_takes_the_due_date_away_and_a_fulfilment_keeps_it() -> None:
    assert standing("cancelled").due_at is None
    assert standing("rejected").due_at is None
    assert standing("fulfilled").due_at == after(4)
    assert entered(standing("fulfilled"), "closed", after(9)).due_at == after(4)
