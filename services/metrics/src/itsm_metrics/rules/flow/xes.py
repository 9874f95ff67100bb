"""Cases as an event log in XES (IEEE 1849-2016), which process-mining tools read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from itsm_metrics.rules.flow.cases import Activity, Case, Visit
from itsm_metrics.rules.flow.xml_text import safe

EXTENSIONS: Final = {
    "concept": "Concept",
    "time": "Time",
    "lifecycle": "Lifecycle",
    "org": "Organizational",
    "identity": "Identity",
}
END: Final = "</log>\n"


def head(process: str, activity: Activity, since: datetime, until: datetime) -> str:
    """All before the first case: what each attribute means, and what every case and event has."""
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">',
            *(
                f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>'
                for prefix, name in EXTENSIONS.items()
            ),
            f'<global scope="trace">{string("concept:name", "")}</global>',
            '<global scope="event">',
            string("concept:name", ""),
            string("lifecycle:transition", "complete"),
            date("time:timestamp", datetime(1970, 1, 1, tzinfo=UTC)),
            "</global>",
            '<classifier name="activity" keys="concept:name"/>',
            string("concept:name", f"{process} by {activity}"),
            string("lifecycle:model", "standard"),
            date("from", since),
            date("to", until),
            "",
        ]
    )


def trace(case: Case) -> Iterator[str]:
    """One case."""
    yield f"<trace>{string('concept:name', case.name)}{identity(str(case.record))}"
    yield from maybe(service=case.steps[-1].service, priority=case.steps[0].priority)
    yield "\n"
    for visit in case.visits:
        yield event(visit)
    yield "</trace>\n"


def event(visit: Visit) -> str:
    """One activity: we say when it began, and each ends where the next begins, so all are complete."""
    return "".join(
        [
            f"<event>{string('concept:name', visit.activity)}{date('time:timestamp', visit.time)}",
            string("lifecycle:transition", "complete"),
            *([string("org:group", visit.group)] if visit.group is not None else ()),
            f"{identity(visit.event)}</event>\n",
        ]
    )


def maybe(**texts: str | None) -> Iterator[str]:
    """The attributes that there are."""
    return (string(key, text) for key, text in texts.items() if text is not None)


def string(key: str, text: str) -> str:
    """A text as an attribute."""
    return f'<string key="{key}" value="{safe(text)}"/>'


def date(key: str, moment: datetime) -> str:
    """A time as an attribute."""
    return f'<date key="{key}" value="{moment.astimezone(UTC).isoformat(timespec="milliseconds")}"/>'


def identity(text: str) -> str:
    """The id of what it stands in."""
    return f'<id key="identity:id" value="{safe(text)}"/>'
