"""The mapping of the log to the import, and the comparison that judges the replay."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from itsm_incident.rules.imports import understood
from replay import expected, volvo
from replay.compare import compare, same
from replay.header import Header
from rich.console import Console

from .test_figures import NOW

EVENT = """<event>
<string key="org:group" value="{group}"/><string key="resource country" value="{place}"/>
<string key="org:resource" value="{who}"/><string key="impact" value="{impact}"/>
<string key="product" value="PROD1"/><string key="concept:name" value="{status}"/>
<string key="lifecycle:transition" value="{sub}"/>
<date key="time:timestamp" value="2012-05-0{day}T08:00:00+02:00"/></event>"""

STEPS = (
    ("Accepted", "In Progress"),
    ("Queued", "Awaiting Assignment"),
    ("Accepted", "Wait - Customer"),
    ("Accepted", "Wait"),
    ("Unmatched", "Unmatched"),
    ("Completed", "In Call"),
    ("Completed", "Closed"),
)


def xes(*events: str) -> str:
    body = f'<trace><string key="concept:name" value="1-7"/>{"".join(events)}</trace>'
    return f'<log xmlns="http://www.xes-standard.org/">{body}</log>'


def event(status: str, sub: str, day: int, **other: str) -> str:
    values = {"group": "G1", "place": "Sweden", "who": "Siri", "impact": "High"} | other
    return EVENT.format(status=status, sub=sub, day=day, **values)


@pytest.fixture
def case(tmp_path: Path) -> volvo.Trace:
    log = tmp_path / "log.xes.gz"
    events = (event(*step, day=day) for day, step in enumerate(STEPS, 1))
    log.write_bytes(gzip.compress(xes(*events).encode()))
    [trace] = volvo.traces(log)
    return trace


def test_a_case_becomes_a_line_that_the_import_understands(case: volvo.Trace) -> None:
    line = volvo.line(case)
    understanding, wrong = understood(line, NOW)
    assert wrong == []
    assert understanding is not None
    assert line["external_id"] == "1-7"
    assert (line["impact"], line["urgency"]) == ("high", "medium")
    assert (line["service"], line["location"]) == ("PROD1", "Sweden")
    assert line["opened_at"] == line["history"][0]["at"] == "2012-05-01T08:00:00+02:00"


def test_each_status_has_its_state_reason_code_and_hands(case: volvo.Trace) -> None:
    steps = volvo.line(case)["history"]
    assert [step["to"] for step in steps] == [
        "in_progress",
        "in_progress",
        "on_hold",
        "on_hold",
        "in_progress",
        "resolved",
        "closed",
    ]
    assert [step.get("reason") for step in steps][2:4] == ["caller", "scheduled"]
    assert [step["assignee"] for step in steps] == ["Siri", None, *["Siri"] * 5]
    assert steps[5]["resolution_code"] == "in_call"
    assert steps[2]["source_state"] == "Accepted/Wait - Customer"


def test_an_unknown_place_is_none_and_an_unknown_status_an_error() -> None:
    attributes = {"concept:name": "Accepted", "lifecycle:transition": "Dreaming", "time:timestamp": "x"}
    with pytest.raises(ValueError, match="Dreaming"):
        volvo.step(attributes | {"org:group": "g", "org:resource": "r"})


def test_the_header_is_counted_while_reading(case: volvo.Trace) -> None:
    def traces() -> Iterator[volvo.Trace]:
        yield case

    header = Header()
    assert list(header.watch(traces())) == [case]
    found = header.figures()
    assert (found["cases"], found["events"], found["variants"], found["Wait"]) == (1, 7, 1, 1)
    assert found["case duration, total (s)"] == 6 * 86_400


@pytest.mark.parametrize(
    ("number", "equal"), [(635_192.3364, True), (635_192.3374, False), (None, False), (635_192, False)]
)
def test_a_figure_is_equal_in_every_given_decimal(number: float | None, equal: bool) -> None:
    assert same(635_192.336, number) is equal


def test_a_figure_that_differs_or_is_absent_is_counted() -> None:
    console = Console(file=io.StringIO())
    found = dict(expected.FIGURES)
    assert compare(console, "all", expected.FIGURES, found) == 0
    del found["reopenings"]
    assert compare(console, "one absent", expected.FIGURES, found | {"incidents": 7_553}) == 2
