"""What the risk of a change is counted from, and the risk."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from itsm_change.rules.accepting import Judged
from itsm_change.rules.change import Change
from itsm_change.rules.graph import Graph, items, services
from itsm_change.rules.policies import highest
from itsm_change.rules.risk import History, Inputs, Risk, assessed
from itsm_change.rules.risk_model import RiskModel
from itsm_change.rules.windows import touching
from itsm_change.tables.scenery import Reads, Scene, scene

LOOKS_BACK: Final = timedelta(days=90)
CLOSED: Final = """
SELECT count(*) AS n, count(*) FILTER (WHERE backed_out OR close_code = 'unsuccessful') AS failed FROM change
"""
INPUTS: Final = f"""
SELECT ARRAY(SELECT criticality FROM service WHERE tenant = $1 AND key = ANY($2::text[])) AS criticalities,
    (SELECT card FROM risk_model WHERE tenant = $1 AND key = 'default') AS model,
    team.n, team.failed, used.n, used.failed
FROM ({CLOSED} WHERE tenant = $1 AND assignment_group = $3 AND closed_at >= $5) AS team,
    ({CLOSED} WHERE tenant = $1 AND template = $4 AND closed_at >= $5) AS used
"""  # noqa: S608  # made of constants alone


async def risk_of(reads: Reads, tenant: str, state: Change, now: datetime, seen: Scene | None = None) -> Risk:
    """The risk of a change as everything stands now."""
    around = await scene(reads, tenant, state) if seen is None else seen
    (row,) = await reads.fetch(
        INPUTS, tenant, list(state.services), state.assignment_group, state.template, now - LOOKS_BACK
    )
    model = RiskModel() if row[1] is None else RiskModel.of(json.loads(row[1]))
    inputs = Inputs(
        criticality=highest(row[0], state),
        dependents=dependents(state, around.graph),
        period=around.booking.period if around.booking else None,
        has_windows=has_windows(around),
        outside_window=any(each.conflict.kind == "outside_window" for each in around.found),
        backout_planned=state.backout_plan is not None,
        backout_tested=state.backout_tested,
        team=state.assignment_group,
        team_history=History(row[2], row[3]),
        template=state.template,
        template_history=History(row[4], row[5]),
        conflicts=count(around.found),
    )
    return assessed(inputs, model)


def dependents(state: Change, graph: Graph) -> int:
    """How many services and items need what the change touches, or so many as the requester knows of."""
    nodes = services(state.services) | items(state.configuration_items)
    stated = state.risk_inputs.dependents if state.risk_inputs else None
    return max(len(graph.above(nodes) - nodes), stated or 0)


def has_windows(around: Scene) -> bool:
    """Whether something that the change touches has maintenance windows."""
    booking = around.booking
    return booking is not None and any(
        touching(around.windows, node, booking.period.start) for node in booking.nodes
    )


def count(found: Sequence[Judged]) -> int:
    """Conflicts beside a missed window, which is a factor of its own."""
    return sum(each.conflict.kind != "outside_window" for each in found)
