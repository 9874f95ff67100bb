"""Policies and calendars as plain data: there and back, and in words what is wrong."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_sla.calendar import Calendar, Hours, week
from itsm_sla.calendar_form import LEAST_MIN, calendar_dict, calendar_from
from itsm_sla.form import Malformed
from itsm_sla.policy_form import policy_dict, policy_from

from .cases import always, policy, resolve, respond
from .strategies import calendars

POLICY: dict[str, Any] = {
    "key": "gold",
    "version": 1,
    "name": "Gold",
    "kind": "sla",
    "valid_from": "2026-01-01T00:00:00Z",
    "issued_at": "2026-01-01T00:00:00+01:00",
    "calendar": "office",
    "targets": [{"measure": "resolve", "seconds": 3600}],
}
CALENDAR: dict[str, Any] = {
    "key": "office",
    "version": 1,
    "name": "Office",
    "valid_from": "2026-01-01T00:00:00Z",
    "issued_at": "2026-01-01T00:00:00Z",
    "zone": "Europe/Berlin",
    "weekly": {"monday": [{"opens": "22:00", "closes": "06:00"}]},
    "holidays": [{"on": "2026-12-24", "name": "half", "hours": [{"opens": "08:00", "closes": "12:00"}]}],
}


def sound(calendar: Calendar) -> Calendar:
    """The calendar with each day's hours following one another, as the form asks."""
    days = []
    for hours in calendar.weekly:
        kept: list[Hours] = []
        for each in hours:
            if not kept or kept[-1].today[1] <= each.opens:
                kept.append(each)
        days.append(tuple(kept))
    return replace(calendar, weekly=tuple(days))


def is_open(calendar: Calendar) -> bool:
    """Whether the week is open for an hour, as the form asks."""
    return sum(until - since for pieces in week(calendar.weekly) for since, until in pieces) >= LEAST_MIN


@settings(max_examples=25, deadline=None)
@given(calendars.map(sound).filter(is_open))
def test_a_calendar_comes_back_as_it_went(calendar: Calendar) -> None:
    read = calendar_from(json.loads(json.dumps(calendar_dict(calendar))))
    assert read == calendar


def test_around_the_clock_and_a_half_holiday_come_back() -> None:
    for plain in (calendar_dict(always()), calendar_dict(calendar_from(CALENDAR))):
        assert calendar_dict(calendar_from(plain)) == plain


@settings(max_examples=25, deadline=None)
@given(st.none() | st.frozensets(st.sampled_from(("caller", "vendor"))), st.booleans())
def test_a_policy_comes_back_as_it_went(pauses: frozenset[str] | None, retired: bool) -> None:
    given_policy = policy(
        resolve(4, "P1", "mail"), respond(1), pauses=pauses, retired=retired, groups=frozenset({"desk"})
    )
    assert policy_from(json.loads(json.dumps(policy_dict(given_policy)))) == given_policy


def test_thresholds_and_pauses_have_defaults() -> None:
    read = policy_from(POLICY)
    assert (read.thresholds, read.pauses, read.retired) == ((50, 75, 90, 100), None, False)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"kind": "slo"}, "/kind", "invalid"),
        ({"version": True}, "/version", "invalid"),
        ({"name": None}, "/name", "missing"),
        ({"valid_from": "2026-01-01T00:00:00"}, "/valid_from", "invalid"),
        ({"targets": []}, "/targets", "invalid"),
        ({"targets": [{"measure": "resolve", "seconds": 0}]}, "/targets/0/seconds", "invalid"),
        ({"targets": [{"measure": "resolve", "seconds": 1}] * 2}, "/targets/1", "duplicate"),
        ({"targets": ["soon"]}, "/targets/0", "invalid"),
        ({"thresholds": [50, 90]}, "/thresholds", "invalid"),
        ({"thresholds": [90, 50, 100]}, "/thresholds", "invalid"),
        ({"pauses": ["caller", "caller"]}, "/pauses/1", "duplicate"),
        ({"services": "mail"}, "/services", "invalid"),
        ({"retired": 1}, "/retired", "invalid"),
        ({"goal": 1}, "/goal", "unknown_field"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_by_field(
    change: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(Malformed) as refused:
        policy_from(POLICY | change)
    assert (pointer, code) in [(each.pointer, each.code) for each in refused.value.findings]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"zone": "Europe/Atlantis"}, "/zone"),
        ({"zone": "../../etc/passwd"}, "/zone"),
        ({"weekly": {}}, "/weekly"),
        ({"weekly": {"freitag": []}}, "/weekly/freitag"),
        ({"weekly": {"monday": [{"opens": "8", "closes": "18:00"}]}}, "/weekly/monday/0/opens"),
        ({"weekly": {"monday": [{"opens": "08:00", "closes": "08:00"}]}}, "/weekly/monday/0/closes"),
        ({"weekly": {"monday": [{"opens": "08:00", "closes": "12:00"}] * 2}}, "/weekly/monday"),
        ({"holidays": [{"on": "2026-02-30", "name": "x"}]}, "/holidays/0/on"),
        ({"holidays": [{"on": "2026-02-03", "name": "x"}] * 2}, "/holidays/1/on"),
        (
            {
                "holidays": [
                    {"on": "2026-02-03", "name": "x", "hours": [{"opens": "22:00", "closes": "02:00"}]}
                ]
            },
            "/holidays/0/hours",
        ),
    ],
)
def test_what_is_wrong_with_a_calendar_is_said_by_field(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        calendar_from(CALENDAR | change)
    assert pointer in [each.pointer for each in refused.value.findings]


@pytest.mark.parametrize("nothing", [None, [], "gold", 1, {}])
def test_what_is_no_object_at_all_is_refused_and_everything_missing_is_named(nothing: object) -> None:
    for read in (policy_from, calendar_from):
        with pytest.raises(Malformed) as refused:
            read(nothing)
        assert {each.code for each in refused.value.findings} <= {"missing", "invalid"}
        assert "/key is required" in str(refused.value)


def test_more_targets_than_anybody_agrees_on_are_refused_at_once() -> None:
    targets = [{"measure": "resolve", "seconds": 5, "service": f"s{n}"} for n in range(1001)]
    with pytest.raises(Malformed) as caught:
        policy_from(POLICY | {"targets": targets})
    assert ("/targets", "too_many") in [finding[:2] for finding in caught.value.findings]
