"""What is refused of an import, line by line, and what the refusal says."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_chassis.clock import text
from itsm_chassis.store.lines import Malformed, parsed
from itsm_incident.rules import card
from itsm_incident.rules.imports import understood

from .states import NOW, fresh

GOOD = {
    "external_id": "A-1",
    "title": "Old",
    "opened_at": "2012-05-01T08:00:00+02:00",
    "impact": "high",
    "urgency": "low",
    "history": [{"at": "2012-05-01T08:00:00+02:00", "to": "in_progress"}],
}


def findings(**changes: Any) -> set[tuple[str, str]]:
    value = {name: given for name, given in (GOOD | changes).items() if given is not ...}
    return {(found.pointer, found.code) for found in understood(value, NOW)[1]}


def at(moment: Any, **fields: Any) -> set[tuple[str, str]]:
    return findings(history=[{"at": moment} | fields])


def test_a_good_line_is_understood_with_times_in_utc() -> None:
    line, wrong = understood(GOOD, NOW)
    assert wrong == []
    assert line is not None
    assert text(line.opened_at) == "2012-05-01T06:00:00Z"
    assert line.steps[0].to == "in_progress"
    assert line.fields == {"title": "Old", "impact": "high", "urgency": "low"}


@pytest.mark.parametrize("name", ["external_id", "title", "opened_at", "impact", "urgency", "history"])
def test_a_required_field_is_missed_and_cannot_be_null(name: str) -> None:
    assert findings(**{name: ...}) == {(f"/{name}", "missing")}
    assert findings(**{name: None}) == {(f"/{name}", "invalid")}


def test_unknown_fields_states_and_levels_are_refused() -> None:
    assert findings(colour="red") == {("/colour", "unknown_field")}
    assert findings(urgency="huge") == {("/urgency", "invalid")}
    assert findings(priority="P9") == {("/priority", "invalid")}
    assert at("2012-05-01T00:00:00Z", to="new") == {("/history/0/to", "invalid")}
    assert at("2012-05-01T00:00:00Z", reason="coffee") == {("/history/0/reason", "invalid")}
    assert at("2012-05-01T00:00:00Z", state="x") == {("/history/0/state", "unknown_field")}
    assert findings(history=[7]) == {("/history/0", "invalid")}


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2012-05-01T08:00:00", "naive_time"),
        ("2012-05-01", "naive_time"),
        ("yesterday", "unreadable_time"),
        ("2012-13-01T08:00:00Z", "unreadable_time"),
        ("0001-01-01T00:00:00+14:00", "unreadable_time"),
        ("9999-12-31T23:59:59-14:00", "unreadable_time"),
        ("0001-01-02T00:00:00Z", "too_early"),
        (text(NOW + timedelta(minutes=5, seconds=1)), "future_time"),
        (1335852000, "invalid"),
    ],
)
def test_a_time_must_be_readable_placed_and_past(moment: Any, code: str) -> None:
    assert at(moment) == {("/history/0/at", code)}
    assert findings(opened_at=moment) == {("/opened_at", code)}


def test_a_clock_may_run_five_minutes_ahead() -> None:
    assert at(text(NOW + timedelta(minutes=5))) == set()


@pytest.mark.parametrize(
    "raw",
    [
        b"{]",
        b"[1]",
        b'{"a": NaN}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a": 1, "a": 2}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_cannot_be_stored_is_no_line(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parsed(raw)


def test_a_backslash_before_those_letters_is_no_nul() -> None:
    assert parsed(rb'{"a": "C:\\u0000"}')[0] == {"a": "C:\\u0000"}


def test_the_digest_knows_content_and_not_spacing() -> None:
    one = json.dumps(GOOD).encode()
    other = json.dumps(dict(reversed(GOOD.items())), indent=1).encode()
    assert parsed(one)[1] == parsed(other)[1]
    assert parsed(one)[1] != parsed(json.dumps(GOOD | {"title": "New"}).encode())[1]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda c: st.lists(c) | st.dictionaries(st.text(), c),
    )
)
def test_no_json_makes_the_reading_fail(value: Any) -> None:
    for tried in (
        {"history": value},
        {"history": [value]},
        GOOD | {"title": value},
        GOOD | {"opened_at": value},
    ):
        understood(tried, NOW)


def test_a_card_is_read_back_as_it_was() -> None:
    incident = fresh(outage={"degree": "full"}, configuration_items=["web-1"], location="Ångström")
    assert card.read(card.shown(incident)) == replace(incident, sla_state="none")
