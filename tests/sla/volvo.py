"""Volvo IT's incidents as clocks see them: mapped, imported by the incident's own rules, then as moments."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from itsm_incident.rules.history import replayed
from itsm_incident.rules.imports import understood
from itsm_sla.calendar import Calendar
from itsm_sla.moment import History, Moment
from itsm_sla.policy import Policy
from replay import volvo
from support.tree import ROOT

from .cases import office, policy, resolve

LOG: Final = ROOT.parent / "shared/data/volvo_incidents_2013.xes.gz"
NOW: Final = datetime(2013, 1, 1, tzinfo=UTC)
WITHIN: Final = {"P1": 4, "P2": 8, "P3": 30, "P4": 50}
"""Hours of open time until an incident is resolved."""


def agreed() -> tuple[Policy, Calendar]:
    """The policy of the replay: every hold pauses; Monday to Friday, 08:00 to 18:00 in Stockholm."""
    return policy(*(resolve(hours, priority) for priority, hours in WITHIN.items())), office(
        "Europe/Stockholm"
    )


def histories(log: Path = LOG) -> Iterator[History]:
    """Every incident of the log."""
    for trace in volvo.traces(log):
        line, wrong = understood(volvo.line(trace), NOW)
        assert line is not None, wrong
        events = replayed(line, line.external_id, line.external_id, "import", NOW)
        moments = tuple(
            Moment(
                f"{line.external_id}/{event.state.version}",
                event.state.version,
                event.at,
                event.state.status,
                event.state.hold_reason,
                event.state.priority,
                event.state.service,
                event.state.assignment_group,
                event.state.assignee,
            )
            for event in events
        )
        yield History(line.opened_at, moments)


@cache
def everything() -> tuple[History, ...]:
    """The log in memory."""
    return tuple(histories())
