"""The expected figures, computed from the log through the import's rules alone: no service, no database.

Straightforward on purpose, and independent of how metrics computes: where the replay differs, this
says on which side the fault is.
"""

import os
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from itsm_incident.rules.history import replayed
from itsm_incident.rules.imports import understood
from itsm_incident.rules.incident import OPEN, Event
from replay import expected, volvo

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LOG = Path(os.environ.get("ITSM_DATA", "../shared/data")) / "volvo_incidents_2013.xes.gz"

pytestmark = pytest.mark.skipif(not LOG.exists(), reason=f"the log is not part of the repository: no {LOG}")

Histories = list[list[Event]]


@cache
def histories() -> Histories:
    """Every incident's events."""
    made = []
    for number, trace in enumerate(volvo.traces(LOG), 1):
        line, wrong = understood(volvo.line(trace), NOW)
        assert line is not None, wrong
        made.append(replayed(line, str(number), f"INC-{number:06d}", "replay", NOW))
    return made


def quantile(values: list[float], share: float) -> float:
    """Interpolated linearly, as percentile_cont."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def durations(events: Histories, final: bool) -> list[float]:
    """From opening to the first or the final resolution, told by the events that state one."""
    found = []
    for history in events:
        resolutions = [event.at for event in history if event.what == "resolved"]
        if resolutions:
            found.append((resolutions[-1 if final else 0] - history[0].at).total_seconds())
    return found


def spread(name: str, values: list[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
    quantiles = {f"{name} {p} (s)": quantile(values, share) for p, share in shares.items()}
    return {f"{name} mean (s)": sum(values) / len(values)} | quantiles


def held(history: list[Event]) -> float:
    """Seconds on hold, over holds that ended."""
    total, since = 0.0, None
    for event in history:
        if event.state.status == "on_hold":
            since = since or event.at
        elif since is not None:
            total += (event.at - since).total_seconds()
            since = None
    return total


def test_every_expected_figure_follows_from_the_log() -> None:
    events = histories()
    last = [history[-1].state for history in events]
    first, final = durations(events, final=False), durations(events, final=True)
    found: dict[str, float] = {"incidents": len(events), "with a resolution": len(first)}
    found["never resolved or closed"] = len(events) - len(first)
    found |= spread("MTTR", first) | spread("MTRS", final)
    for priority in ("P1", "P2", "P3", "P4"):
        some = durations([h for h in events if h[0].state.priority == priority], final=False)
        found |= {f"MTTR {priority} mean (s)": sum(some) / len(some), f"MTTR {priority} n": len(some)}
    reopenings = [sum(event.what == "reopened" for event in history) for history in events]
    found["reopened incidents"] = found["reopened, by the reopen rate"] = sum(map(bool, reopenings))
    found["reopenings"] = sum(reopenings)
    found["time on hold, total (s)"] = sum(map(held, events))
    opened = Counter(f"opened in {state.opened_at:%Y-%m}" for state in last)
    resolved = Counter(
        f"first resolved in {state.first_resolved_at:%Y-%m}" for state in last if state.first_resolved_at
    )
    found |= opened | resolved
    found["backlog at the end"] = sum(state.status in OPEN for state in last)
    assert {name: round(found[name], 3) for name in expected.FIGURES} == expected.FIGURES


def test_half_of_the_steps_change_no_state() -> None:
    unmoved = sum(event.what in ("updated", "assigned") for history in histories() for event in history)
    assert unmoved == 34_172


def test_one_resolution_less_is_noticed() -> None:
    events = histories()
    index = next(i for i, history in enumerate(events) if history[-1].what == "resolved")
    less = [*events[:index], events[index][:-1], *events[index + 1 :]]
    assert (
        len(durations(less, final=False)) != expected.FIGURES["with a resolution"]
        or round(sum(durations(less, final=True)) / len(durations(less, final=True)), 3)
        != expected.FIGURES["MTRS mean (s)"]
    )
