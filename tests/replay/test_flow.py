"""The log of Volvo, folded by the import's rules alone, through flow: no service, no database."""

from datetime import timedelta
from functools import cache
from uuid import UUID

from itsm_incident.rules.incident import Event
from itsm_metrics.rules.flow.cases import case
from itsm_metrics.rules.flow.figures import Flow
from itsm_metrics.rules.flow.steps import Step, step
from itsm_metrics.rules.flow.tally import Tally
from replay import expected

from .test_figures import NOW, histories
from .test_figures import pytestmark as pytestmark

SAID = ("number", "status", "source_state", "assignment_group", "service", "priority")


def told(number: int, event: Event) -> Step:
    """The event as metrics hears of it."""
    state = event.state
    return step(
        {
            "type": f"itsm.incident.{event.what}.v1",
            "id": f"{number}-{state.version}",
            "subject": state.id,
            "sequence": state.version,
            "time": event.at.isoformat(),
            "recordedtime": NOW.isoformat(),
            "imported": True,
            "data": {name: getattr(state, name) for name in SAID} | {"deviations": list(event.deviations)},
        }
    )


@cache
def flow() -> Flow:
    """Of every incident of the log."""
    tally = Tally("incident")
    for number, history in enumerate(histories(), 1):
        found = case(UUID(int=number), [told(number, event) for event in history], "source_state", NOW)
        assert found is not None
        tally.add(found)
    return tally.flow()


def test_flow_finds_the_variants_that_the_log_publishes() -> None:
    found = flow()
    counted = {"cases": found.cases, "events": found.events, "variants": len(found.variants)}
    assert counted == expected.FLOW
    statuses = {name.partition("/")[2]: count for name, count in found.activities}
    assert statuses == {name: expected.HEADER[name] for name in statuses}
    waited = sum((edge.wait.total for edge in found.edges), 0.0)
    assert timedelta(seconds=waited) == timedelta(seconds=expected.HEADER["case duration, total (s)"])


def test_what_breaks_the_lifecycle_is_what_follows_a_closed_incident_or_skips_work() -> None:
    odd = {(each.before, each.after): each.n for each in flow().conformance.illegal}
    assert odd == {("closed", "in_progress"): 130, ("new", "on_hold"): 18, ("closed", "resolved"): 1}
