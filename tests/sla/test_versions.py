"""Which version of a policy or calendar governs a record."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from itsm_sla.clock import clocks
from itsm_sla.comparison import compare
from itsm_sla.policy import Policy
from itsm_sla.version import pinned

from .cases import at, office, policy, resolve, told

OPENED = at("2026-03-03T08:00:00Z")
DAY = timedelta(days=1)


def version(number: int, valid: datetime, issued: datetime, **changes: Any) -> Policy:
    return policy(resolve(number), version=number, valid_from=valid, issued_at=issued, **changes)


def chosen(*versions: Policy, known_at: datetime | None = None) -> list[int]:
    """The version pinned, the same for every order of arrival."""
    found = {
        tuple(p.version for p in pinned(order, OPENED, known_at).values()) for order in permutations(versions)
    }
    (only,) = found
    return list(only)


def test_the_latest_version_valid_at_the_opening_is_pinned_in_whatever_order_they_arrive() -> None:
    past = [version(n, OPENED - (4 - n) * DAY, OPENED - 9 * DAY) for n in (1, 2, 3)]
    assert chosen(*past, version(4, OPENED + DAY, OPENED - 9 * DAY)) == [3]


def test_a_version_valid_from_the_very_opening_counts_and_of_two_the_higher() -> None:
    assert chosen(version(1, OPENED, OPENED), version(2, OPENED, OPENED)) == [2]


def test_a_backdated_version_touches_stored_records_only_through_a_recompute() -> None:
    stored = OPENED + DAY
    versions = version(1, OPENED - 9 * DAY, OPENED - 9 * DAY), version(2, OPENED - DAY, stored + DAY)
    assert chosen(*versions, known_at=stored) == [1]
    assert chosen(*versions, known_at=stored + 2 * DAY) == [2]
    assert chosen(*versions) == [2]


def test_imported_history_is_governed_by_what_was_known_at_the_import() -> None:
    assert chosen(version(1, OPENED - DAY, OPENED + 999 * DAY), known_at=OPENED + 1000 * DAY) == [1]


def test_a_retired_version_ends_the_policy_for_records_opened_since() -> None:
    first = version(1, OPENED - 9 * DAY, OPENED - 9 * DAY)
    assert chosen(first, version(2, OPENED - DAY, OPENED - DAY, retired=True)) == []
    assert chosen(first, version(2, OPENED + DAY, OPENED - DAY, retired=True)) == [1]


def test_a_calendar_s_version_is_pinned_alike_and_what_it_changes_is_said() -> None:
    history = told(("2026-03-03T16:00:00+01:00", {}))
    old, new = office(), replace(office(closed=("2026-03-04",)), version=2, valid_from=OPENED - DAY)
    before, after = clocks(history, [policy()], [old]), clocks(history, [policy()], [new, old])
    now = at("2026-03-03T17:00:00+01:00")
    told_apart = {each.field: (each.before, each.after) for each in compare(before, after, now)}
    assert told_apart["due_at"] == ("2026-03-04T13:00:00Z", "2026-03-05T13:00:00Z")
    assert told_apart["calendar_version"] == (1, 2)
    assert compare(before, clocks(history, [policy()], [office()]), now) == ()


def test_a_clock_that_appears_or_falls_away_is_a_difference_in_words() -> None:
    history = told(("2026-03-03T08:00:00+01:00", {}))
    made, now = clocks(history, [policy()], [office()]), at("2026-03-03T09:00:00+01:00")
    assert [each.sentence for each in compare((), made, now)] == [
        "resolve by policy gold (event 1): a new clock, open."
    ]
    assert [each.sentence for each in compare(made, (), now)] == [
        "resolve by policy gold (event 1): the clock falls away, it was open."
    ]
    tighter = clocks(history, [policy(resolve(4), version=2)], [office()])
    assert "resolve by policy gold (event 1): due_at 2026-03-03T15:00:00Z -> 2026-03-03T11:00:00Z." in [
        each.sentence for each in compare(made, tighter, now)
    ]
