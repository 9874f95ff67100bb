"""The state machine: every pair of states, and what entering one does."""

import pytest
from itsm_chassis.errors import Invalid, Refused
from itsm_incident.rules import closing, family, replies
from itsm_incident.rules.editing import assign, edit
from itsm_incident.rules.incident import Outage
from itsm_incident.rules.lifecycle import TRANSITIONS, Transition, available, move
from itsm_incident.rules.priority import LEVELS, decide

from .states import HOUR, NOW, being, fresh, history, step

LEGAL = {
    ("new", "in_progress"),
    ("new", "resolved"),
    ("new", "cancelled"),
    ("in_progress", "on_hold"),
    ("in_progress", "resolved"),
    ("in_progress", "cancelled"),
    ("on_hold", "in_progress"),
    ("on_hold", "resolved"),
    ("on_hold", "cancelled"),
    ("resolved", "closed"),
    ("resolved", "in_progress"),
}
STATES = tuple(TRANSITIONS)
TARGETS = STATES[1:]
NEEDS = {
    "on_hold": {"reason": "vendor"},
    "resolved": {"resolution_code": "fixed", "resolution_note": "Restarted."},
}


def asking(to: str) -> Transition:
    return Transition(to, **NEEDS.get(to, {}))  # type: ignore[arg-type]  # the type checker cannot know a parameter's values


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("to", TARGETS)
def test_only_the_tables_transitions_are_allowed(status: str, to: str) -> None:
    incident = being(status)
    offered = {item["to"]: item for item in available(incident.status)}
    if (status, to) in LEGAL:
        event = move(incident, asking(to), NOW + HOUR)
        assert (event.state.status, event.state.version) == (to, incident.version + 1)
        assert offered[to]["allowed"]
    else:
        with pytest.raises(Refused) as refused:
            move(incident, asking(to), NOW)
        assert refused.value.detail.startswith(("The incident is", "An incident that is"))
        assert status == to or not offered[to]["allowed"]


@pytest.mark.parametrize("to", ["on_hold", "resolved"])
def test_a_missing_mandatory_field_is_named(to: str) -> None:
    with pytest.raises(Invalid) as invalid:
        move(being("in_progress"), Transition(to), NOW)  # type: ignore[arg-type]  # the type checker cannot know a parameter's values
    assert {finding.pointer for finding in invalid.value.errors} == {f"/{name}" for name in NEEDS[to]}


def test_waiting_for_the_caller_needs_to_tell_the_caller() -> None:
    with pytest.raises(Invalid):
        move(being("in_progress"), Transition("on_hold", "caller"), NOW)
    held = move(being("in_progress"), Transition("on_hold", "caller", told_caller=True), NOW)
    assert (held.what, held.state.hold_reason) == ("held", "caller")


def test_each_way_into_in_progress_is_told_apart() -> None:
    said = {status: move(being(status), asking("in_progress"), NOW).what for status in ("new", "on_hold")}
    assert said == {"new": "started", "on_hold": "resumed"}
    assert move(being("resolved"), asking("in_progress"), NOW).what == "reopened"


def test_acknowledged_is_the_first_of_work_a_person_and_a_resolution() -> None:
    assert move(fresh(), asking("in_progress"), NOW + HOUR).state.acknowledged_at == NOW + HOUR
    assert move(fresh(), asking("resolved"), NOW + HOUR).state.acknowledged_at == NOW + HOUR
    assert move(fresh(), asking("cancelled"), NOW + HOUR).state.acknowledged_at is None
    grouped = assign(fresh(), {"assignment_group": "net"}, NOW + HOUR)
    assert grouped is not None
    assert grouped.state.acknowledged_at is None
    taken = assign(grouped.state, {"assignee": "ben"}, NOW + 2 * HOUR)
    assert taken is not None
    assert taken.state.acknowledged_at == NOW + 2 * HOUR
    later = move(taken.state, asking("resolved"), NOW + 3 * HOUR)
    assert later.state.acknowledged_at == NOW + 2 * HOUR


def test_the_priority_matrix_is_the_default_one() -> None:
    grid = {(i[0] + u[0]).upper(): decide(i, u)["priority"] for i in LEVELS for u in LEVELS}
    assert grid == {
        "HH": "P1",
        "HM": "P2",
        "HL": "P3",
        "MH": "P2",
        "MM": "P3",
        "ML": "P4",
        "LH": "P3",
        "LM": "P4",
        "LL": "P5",
    }


def test_an_ended_incident_takes_links_and_nothing_else() -> None:
    closed = being("closed")
    linked = edit(closed, {"caused_by_change": "CHG-000007"}, NOW)
    assert linked is not None
    for refused in ({"title": "x"}, {"impact": "low"}):
        with pytest.raises(Refused):
            edit(closed, refused, NOW)
    with pytest.raises(Refused):
        assign(closed, {"assignee": "ben"}, NOW)


def test_an_outage_defaults_to_the_time_from_opening_to_the_last_resolution() -> None:
    stated = edit(being("in_progress"), {"outage": {"degree": "full"}}, NOW + HOUR)
    assert stated is not None
    assert stated.state.outage == Outage("full", NOW, None)
    resolved = move(stated.state, asking("resolved"), NOW + 2 * HOUR).state
    assert resolved.outage == Outage("full", NOW, NOW + 2 * HOUR)
    reopened = move(resolved, asking("in_progress"), NOW + 3 * HOUR).state
    assert reopened.outage == Outage("full", NOW, None)
    fixed = edit(reopened, {"outage": {"ended_at": NOW + HOUR}}, NOW + 3 * HOUR)
    assert fixed is not None
    assert move(fixed.state, asking("resolved"), NOW + 4 * HOUR).state.outage == Outage(
        "full", NOW, NOW + HOUR
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"ended_at": NOW},
        {"degree": "none", "started_at": NOW},
        {"degree": "full", "started_at": NOW, "ended_at": NOW - HOUR},
        {"degree": "full", "started_at": NOW + HOUR},
    ],
)
def test_an_impossible_outage_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        edit(being("in_progress"), {"outage": wrong}, NOW)


def test_it_closes_some_days_after_the_resolution_and_with_zero_never() -> None:
    resolved = being("resolved")
    assert closing.due(resolved, 5, NOW + 119 * HOUR) is None
    closed = closing.due(resolved, 5, NOW + 120 * HOUR)
    assert closed is not None
    assert closed.state.status == "closed"
    assert closing.due(resolved, 0, NOW + 1000 * HOUR) is None
    assert closing.due(being("in_progress"), 5, NOW + 1000 * HOUR) is None


def test_a_callers_reply_acts_only_where_it_is_the_callers_and_public() -> None:
    waiting = being("on_hold", hold_reason="caller")
    assert replies.effect(waiting, "carl", "public") == "resume"
    assert replies.effect(waiting, "anna", "public") == "none"
    assert replies.effect(waiting, "carl", "internal") == "none"
    assert replies.effect(being("on_hold", hold_reason="vendor"), "carl", "public") == "none"
    assert replies.effect(being("closed"), "carl", "public") == "follow"
    assert replies.effect(being("resolved"), "carl", "public") == "none"


def test_a_parents_reopening_reaches_only_what_it_resolved() -> None:
    parent = being("resolved")
    after = move(parent, asking("in_progress"), NOW + HOUR).state
    with_it, before_it = being("resolved"), being("resolved", resolved_at=NOW - HOUR)
    assert family.copied(parent, after, asking("in_progress"), with_it, NOW + HOUR) is not None
    assert family.copied(parent, after, asking("in_progress"), before_it, NOW + HOUR) is None


def test_imported_history_closes_so_many_days_after_its_import() -> None:
    [*_, event] = history(step(1, "resolved"))
    assert closing.due(event.state, 5, NOW + 119 * HOUR) is None
    assert closing.due(event.state, 5, NOW + 120 * HOUR) is not None
