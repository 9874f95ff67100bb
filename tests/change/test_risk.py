"""The risk of a change: its factors, the band that chooses the policy, and when it is counted anew."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_change.rules.interval import Interval
from itsm_change.rules.risk import History, Inputs, assessed
from itsm_change.rules.risk_model import RiskModel
from itsm_events import Envelope
from support.broker import channel, heard, listen
from support.changes import NEW, WINDOW, group, hear, known_service, moved
from support.schedule import catch_up, edge, nobody_asked
from support.services import Running

MODEL = RiskModel()
SATURDAY = Interval(*(datetime.fromisoformat(WINDOW[name]) for name in ("planned_start", "planned_end")))
SAFE = Inputs(criticality="low", period=SATURDAY, backout_planned=True, backout_tested=True)


@pytest.mark.parametrize(
    "worse",
    [
        {"criticality": "critical"},
        {"criticality": None},
        {"dependents": 3},
        {"period": None},
        {"period": Interval(*(datetime.fromisoformat(f"2030-01-08T{hour}:00:00Z") for hour in (17, 19)))},
        {"has_windows": True, "outside_window": True},
        {"backout_tested": False},
        {"backout_planned": False},
        {"conflicts": 1},
    ],
)
def test_each_factor_alone_raises_the_score(worse: dict[str, Any]) -> None:
    assert assessed(replace(SAFE, **worse), MODEL).score > assessed(SAFE, MODEL).score


def test_a_history_of_failures_is_smoothed() -> None:
    scores = [
        assessed(replace(SAFE, team="ops", team_history=History(*history)), MODEL).score
        for history in ((100, 0), (0, 0), (1, 1), (10, 5), (100, 50))
    ]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]
    one = assessed(replace(SAFE, team="ops", team_history=History(1, 1)), MODEL)
    [factor] = [each for each in one.factors if each.name == "team_failures"]
    assert "18.2%" in factor.why


HISTORIES = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda h: History(max(h), min(h)))


@given(
    st.builds(
        Inputs,
        criticality=st.sampled_from([None, "low", "medium", "high", "critical"]),
        dependents=st.integers(0, 10_000),
        period=st.sampled_from([None, SATURDAY]),
        has_windows=st.booleans(),
        outside_window=st.booleans(),
        backout_planned=st.booleans(),
        backout_tested=st.booleans(),
        team=st.sampled_from([None, "ops"]),
        team_history=HISTORIES,
        template=st.sampled_from([None, "disk"]),
        template_history=HISTORIES,
        conflicts=st.integers(0, 50),
    )
)
def test_the_score_is_the_sum_of_the_points_and_within_bounds(inputs: Inputs) -> None:
    risk = assessed(inputs, MODEL)
    assert 0 <= risk.score <= 100
    assert abs(risk.score - sum(each.points for each in risk.factors)) <= 0.5
    assert all(0 <= each.value <= 1 for each in risk.factors)
    bands = [name for name, least in MODEL.bands.items() if least <= risk.score]
    assert risk.band == bands[-1]


async def test_the_risk_is_shown_on_the_change_and_said_without_raising_its_version(
    change: Running, amqp_url: str
) -> None:
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW | WINDOW | {"service": "s-mail"})
    await catch_up(change)
    shown = await agent.get(f"/v1/changes/{made['id']}")
    risk = await agent.get(f"/v1/changes/{made['id']}/risk")
    assert (shown["version"], shown["risk_score"], shown["risk_band"]) == (1, risk["score"], risk["band"])
    assert risk["model_version"] == 0
    assert {each["name"] for each in risk["factors"]} == {
        "criticality",
        "dependents",
        "timing",
        "backout",
        "conflicts",
    }
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.change_risk.assessed.v1")
        await change.say_all(amqp_url)
        [message] = await heard(queue, 1)
    said = Envelope.model_validate_json(message.body)
    assert (said.data["change"], said.data["score"], said.sequence) == (made["id"], risk["score"], 1)
    patch = await agent.call("PATCH", f"/v1/changes/{made['id']}", {"title": "Third disk"}, If_Match='"1"')
    assert patch.status_code == 200
    assert patch.json()["risk_score"] == risk["score"]


async def test_it_is_counted_anew_when_an_input_changes(change: Running) -> None:
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")
    fields = {"service": "s-mail", "configuration_items": ["db"], "assignment_group": "ops"}
    made = await agent.creates("/v1/changes", **NEW | WINDOW | fields)
    path = f"/v1/changes/{made['id']}"

    async def score() -> int:
        await catch_up(change)
        shown: int = (await agent.get(path))["risk_score"]
        return shown

    before = await score()
    await hear(change, known_service("s-mail", criticality="critical"))
    critical = await score()
    assert critical > before
    await hear(change, edge("s-web", "s-mail"), edge("s-shop", "s-mail"))
    depended = await score()
    assert depended > critical
    assert (await agent.call("PATCH", path, {"backout_plan": "Undo."}, If_Match="*")).is_success
    planned = await score()
    assert planned < depended
    window = {"key": "w", "name": "W", "starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-01-01T01:00:00Z"}
    weekly = {"recurrence": "FREQ=DAILY", "configuration_items": ["db"]}
    await manager.creates("/v1/maintenance-windows", **window | weekly)
    outside = await score()
    assert outside > planned
    model = await manager.creates("/v1/risk-models", weights={"conflicts": 0, "timing": 1000})
    assert (model["version"], model["weights"]["backout"]) == (1, 15)
    assert await score() > outside
    again = {"bands": {"moderate": 5, "high": 6, "very_high": 7}}
    assert (await manager.call("POST", "/v1/risk-models", again)).status_code == 409
    assert (await manager.call("POST", "/v1/risk-models", again, If_Match='"1"')).status_code == 201
    await catch_up(change)
    assert (await agent.get(path))["risk_band"] == "very_high"


async def test_a_failure_of_the_team_raises_the_risk_of_its_open_changes(change: Running) -> None:
    await nobody_asked(change)
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW | WINDOW | {"assignment_group": "ops"})
    await catch_up(change)
    before = (await agent.get(f"/v1/changes/{made['id']}"))["risk_score"]
    failed = NEW | {
        "change_type": "emergency",
        "assignment_group": "ops",
        "planned_start": "2030-02-02T20:00:00Z",
    }
    other = await agent.creates("/v1/changes", **failed, planned_end="2030-02-02T21:00:00Z")
    for to in ("authorize", "scheduled", "implement", "review"):
        other = await moved(agent, other, to)
    await moved(agent, other, "closed", close_code="unsuccessful", review_note="It broke.")
    await catch_up(change)
    assert (await agent.get(f"/v1/changes/{made['id']}"))["risk_score"] > before


async def test_the_band_chooses_the_policy_even_before_the_assessor_has_come_by(change: Running) -> None:
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    await hear(change, group("cab", "cora"), known_service("s-mail", criticality="critical"))
    steps = [{"group": "cab"}]
    await manager.creates(
        "/v1/approval-policies", key="risky", name="R", rank=1, risk_bands=["high", "very_high"], steps=steps
    )
    await manager.creates("/v1/approval-policies", key="rest", name="Rest", rank=2, steps=[])
    risky = {
        "service": "s-mail",
        "planned_start": "2030-01-08T09:00:00Z",
        "planned_end": "2030-01-08T10:00:00Z",
    }
    safe = WINDOW | {"backout_plan": "Undo.", "backout_tested": True}
    for fields, policy in ((risky, "risky"), (safe, "rest")):
        made = await agent.creates("/v1/changes", **NEW | {"change_type": "emergency"} | fields)
        moved_on = await moved(agent, made, "authorize")
        assert (moved_on["approval_policy"], moved_on["risk_score"] is None) == (policy, False)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"weights": dict.fromkeys(MODEL.weights, 0)}, "/weights"),
        ({"weights": {"luck": 1}}, "/weights/luck"),
        ({"bands": {"high": 10}}, "/bands"),
        ({"bands": {"low": 5}}, "/bands"),
        ({"business_hours": {"zone": "Mars"}}, "/business_hours/zone"),
        ({"failure_cap": 0}, "/failure_cap"),
    ],
)
async def test_a_model_that_counts_nothing_is_refused(
    change: Running, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await change.caller("change_manager").call("POST", "/v1/risk-models", wrong)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
