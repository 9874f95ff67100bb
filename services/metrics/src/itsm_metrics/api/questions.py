"""From query parameters to a question about a figure; whatever is unknown is refused."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from itsm_chassis.errors import Missing
from itsm_chassis.http.query import wrong
from itsm_chassis.http.values import read_moment, read_text

from itsm_metrics.queries.question import Question
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi

PERIOD = timedelta(days=30)
EARLIEST = datetime.min.replace(tzinfo=UTC)
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def once(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The parameters; `Invalid` names one that is repeated."""
    given: dict[str, str] = {}
    for name, text in items:
        if name in given:
            raise wrong(name, "parameter_repeated", "was given more than once")
        given[name] = text
    return given


def figure(slug: str) -> Kpi:
    """The figure of that name."""
    kpi = KPIS.get(slug)
    if kpi is None:
        raise Missing("figure")
    return kpi


def question(kpi: Kpi, given: dict[str, str], now: datetime) -> Question:
    """The question; `Invalid` names the parameter that is unknown or malformed."""
    until = moment("to", given.pop("to", None), now)
    since = moment("from", given.pop("from", None), max(until, EARLIEST + PERIOD) - PERIOD)
    if since >= until:
        raise wrong("from", "empty_period", "must be before to")
    group = given.pop("group_by", None)
    if group is not None and group not in kpi.dimensions:
        raise wrong("group_by", "unknown_group", f"must be one of {', '.join(kpi.dimensions)}")
    filters = {name: only(kpi, name, text) for name, text in given.items()}
    return Question(kpi, since, until, group, filters, now)


def moment(name: str, text: str | None, default: datetime) -> datetime:
    """A time with an offset."""
    if text is None:
        return default
    try:
        return read_moment(text)
    except ValueError as error:
        raise wrong(name, "invalid_parameter", str(error)) from None


def only(kpi: Kpi, name: str, text: str) -> str | None:
    """The value of a filter; empty text asks for records where the dimension is absent."""
    if name not in kpi.dimensions:
        known = ", ".join(("from", "to", "group_by", *kpi.dimensions))
        raise wrong(name, "unknown_parameter", f"is not known here. Known are: {known}")
    try:
        text = read_text(text)
    except ValueError as error:
        raise wrong(name, "invalid_parameter", str(error)) from None
    values = kpi.known(name)
    if text and values and text not in values:
        raise wrong(name, "invalid_parameter", f"must be one of {', '.join(values)}")
    if text and name == "month" and not MONTH.fullmatch(text):
        raise wrong(name, "invalid_parameter", "must be a month such as 2016-03")
    return text or None


def link(asked: Question, **group: str | None) -> str:
    """The address of the records behind a figure, or behind one group of it."""
    only = {**asked.filters, **group}
    times = (("from", asked.since), ("to", asked.until))
    query = [(name, at.isoformat().replace("+00:00", "Z")) for name, at in times]
    query += [(name, value or "") for name, value in only.items()]
    return f"/v1/kpis/{asked.kpi.slug}/records?{urlencode(query)}"


def parameters() -> list[dict[str, Any]]:
    """The query parameters, for the operation's documentation."""
    time = {"type": "string", "format": "date-time"}
    dimensions = dict.fromkeys(name for kpi in KPIS.values() for name in kpi.dimensions)
    group = {"type": "string", "enum": list(dimensions)}
    listed = [
        ("from", "The period's first moment; default: 30 days before `to`", time),
        ("to", "The first moment after the period; default: now", time),
        (
            "group_by",
            "One figure per value of this dimension; the catalogue says which ones a figure has",
            group,
        ),
    ]
    listed += [
        (name, f"Only where {name} is this; empty: only where it is absent", value(name))
        for name in dimensions
    ]
    return [
        {"name": name, "in": "query", "required": False, "description": what, "schema": schema}
        for name, what, schema in listed
    ]


def value(dimension: str) -> dict[str, Any]:
    """The schema of a dimension's value, whichever figure has it."""
    values = [v for kpi in KPIS.values() if dimension in kpi.dimensions for v in kpi.known(dimension) or ()]
    if values:
        return {"type": "string", "enum": ["", *dict.fromkeys(values)]}
    return (
        {"type": "string", "pattern": f"^({MONTH.pattern})?$"} if dimension == "month" else {"type": "string"}
    )
