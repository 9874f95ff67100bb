"""The lifecycle of a service as a table, and what stands in the way of a step."""

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.portfolio import PortfolioService, Status
from itsm_catalog.rules.service_lifecycle import (
    TRANSITIONS,
    Some,
    Surroundings,
    available,
    move,
    obstacles,
    still_owed,
)
from itsm_chassis.errors import Refused

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
READY = Surroundings(policy_retired=False, offerings=Some(1, ["box"]))
STATES = st.sampled_from(sorted(TRANSITIONS))


def service(status: Status = "in_design", **fields: object) -> PortfolioService:
    known: dict[str, object] = {"name": "Mail", "owner": "anna", "sla_policy": "gold"} | fields
    known |= {"id": UUID(int=1), "key": "mail", "status": status, "proposed_at": NOW}
    return PortfolioService(**known)  # type: ignore[arg-type]  # a test's fields are what it says


def codes(one: PortfolioService, to: Status, around: Surroundings) -> list[tuple[str, str]]:
    return [(found.pointer, found.code) for found in obstacles(one, to, around)]


def test_the_way_is_the_one_of_the_rules() -> None:
    way: list[Status] = ["proposed", "under_evaluation", "chartered", "in_design", "live", "retiring"]
    way.append("retired")
    for before, after in pairwise(way):
        assert TRANSITIONS[before] == {after} | ({"cancelled"} if way.index(before) < 4 else set())
    assert TRANSITIONS["retired"] == TRANSITIONS["cancelled"] == frozenset()


@given(STATES, STATES)
def test_every_pair_of_states_is_allowed_or_refused_as_the_table_says(before: Status, after: Status) -> None:
    around = READY if after == "live" else Surroundings()
    if after in TRANSITIONS[before]:
        assert move(service(before), after, around, NOW).status == after
    else:
        with pytest.raises(Refused) as refused:
            move(service(before), after, around, NOW)
        assert refused.value.code == "illegal_transition"
    told = {item["to"]: item["allowed"] for item in available(service(before), around)}
    assert told.get(after, False) == (after in TRANSITIONS[before])


def test_all_that_a_live_service_lacks_is_told_at_once() -> None:
    assert codes(service(owner=None, sla_policy=None), "live", Surroundings()) == [
        ("/owner", "missing"),
        ("/sla_policy", "missing"),
        ("/offerings", "missing"),
    ]
    unknown = Surroundings(policy_retired=None, offerings=Some(1, ["box"]))
    assert codes(service(), "live", unknown) == [("/sla_policy", "unknown_sla_policy")]
    retired = Surroundings(policy_retired=True, offerings=Some(1, ["box"]))
    assert codes(service(), "live", retired) == [("/sla_policy", "retired_sla_policy")]
    assert codes(service(), "live", READY) == []


def test_all_that_still_needs_a_service_is_counted_and_named() -> None:
    around = Surroundings(
        offerings=Some(1, ["box"]),
        requests=Some(7, ["REQ-000001", "REQ-000002", "REQ-000003", "REQ-000004", "REQ-000005"]),
        dependents=Some(2, ["shop", "till"]),
    )
    found = obstacles(service("retiring"), "retired", around)
    assert [each.code for each in found] == ["open_requests", "open_offerings", "dependent_services"]
    assert "7 x open request: REQ-000001, " in found[0].message
    assert "and 2 more" in found[0].message
    assert "shop, till" in found[2].message
    with pytest.raises(Refused) as refused:
        move(service("retiring"), "retired", around, NOW)
    assert (refused.value.code, len(refused.value.errors)) == ("in_use", 3)


def test_entering_live_and_retired_is_dated() -> None:
    live = move(service(), "live", READY, NOW)
    assert (live.live_at, live.retired_at, live.version) == (NOW, None, 2)
    assert move(service("retiring"), "retired", Surroundings(), NOW).retired_at == NOW


def test_a_service_in_the_catalogue_keeps_what_it_needs_there() -> None:
    before = service("live")
    for after, around in (
        (service("live", owner=None), READY),
        (service("live", sla_policy="silver"), Surroundings()),
    ):
        with pytest.raises(Refused):
            still_owed(before, after, around)
        still_owed(service("in_design"), service("in_design", owner=None), around)
    still_owed(before, service("live", name="Post"), Surroundings(policy_retired=True))
