"""From query parameters to a question about a figure; whatever is unknown is refused."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from itsm_chassis.errors import Missing
from itsm_chassis.http.query import wrong
from itsm_chassis.http.values import read_moment, read_text
from itsm_sla.zone import UnknownZone, zone

from itsm_metrics.queries.question import Question
from itsm_metrics.rules.edges import BUCKETS, MOST
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.trend import LEAST

PERIOD = timedelta(days=30)
"""The default, on the zone's wall clock."""
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
    place = known_zone(given.pop("zone", "UTC"))
    as_of = believed(given.pop("as_of", None), now)
    now = now if as_of is None else as_of
    until = moment("to", given.pop("to", None), now)
    since = moment("from", given.pop("from", None), days_before(until, place))
    if since >= until:
        raise wrong("from", "empty_period", "must be before to")
    group = given.pop("group_by", None)
    if group is not None and group not in kpi.dimensions:
        raise wrong("group_by", "unknown_group", f"must be one of {', '.join(kpi.dimensions)}")
    filters = {name: only(kpi, name, text) for name, text in given.items()}
    return Question(kpi, since, until, group, filters, now, place.key, as_of)


def believed(text: str | None, now: datetime) -> datetime | None:
    """As of when; None: as it is known."""
    if text is None:
        return None
    as_of = moment("as_of", text, now)
    if as_of > now:
        raise wrong("as_of", "not_yet", "must not be in the future")
    return as_of


def known_zone(name: str) -> ZoneInfo:
    """The zone of that name."""
    try:
        return zone(name)
    except UnknownZone:
        raise wrong(
            "zone", "unknown_zone", "must be an IANA time zone such as Europe/Berlin or UTC"
        ) from None


def days_before(until: datetime, place: ZoneInfo) -> datetime:
    """When the wall clock showed the same, so many days earlier; the earliest moment where it did not."""
    try:
        return (until.astimezone(place) - PERIOD).astimezone(UTC)
    except OverflowError:
        return EARLIEST


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
        known = ", ".join(("from", "to", "zone", "as_of", "group_by", *kpi.dimensions))
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


def beside() -> list[dict[str, Any]]:
    """Those of what is said beside a figure."""
    listed: list[tuple[str, str, dict[str, Any]]] = [
        (
            "bucket",
            f"The figure of each of these too, in `series`; by the zone's wall clock; {MOST} at most",
            {"type": "string", "enum": list(BUCKETS)},
        ),
        (
            "compare",
            "The figure of the period before too: of as many whole months or days of the zone, or as long",
            {"type": "string", "enum": ["previous"]},
        ),
        (
            "trend",
            f"The slope from bucket to bucket too, with its 95 % interval; of {LEAST} whole buckets at least",
            {"type": "boolean"},
        ),
    ]
    return [described(*each) for each in listed]


def described(name: str, what: str, schema: dict[str, Any]) -> dict[str, Any]:
    """One parameter."""
    return {"name": name, "in": "query", "required": False, "description": what, "schema": schema}


def parameters() -> list[dict[str, Any]]:
    """The query parameters, for the operation's documentation."""
    time = {"type": "string", "format": "date-time"}
    dimensions = dict.fromkeys(name for kpi in KPIS.values() for name in kpi.dimensions)
    group = {"type": "string", "enum": list(dimensions)}
    listed: list[tuple[str, str, dict[str, Any]]] = [
        ("from", "The period's first moment; default: 30 days of the zone before `to`", time),
        ("to", "The first moment after the period; default: now, or as_of", time),
        ("zone", "The IANA time zone of months, buckets and defaults; default: UTC", {"type": "string"}),
        ("as_of", "As it was believed then, by what had been recorded; default: as it is known", time),
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
    return [described(*each) for each in listed]


def value(dimension: str) -> dict[str, Any]:
    """The schema of a dimension's value, whichever figure has it."""
    values = [v for kpi in KPIS.values() if dimension in kpi.dimensions for v in kpi.known(dimension) or ()]
    if values:
        return {"type": "string", "enum": ["", *dict.fromkeys(values)]}
    return (
        {"type": "string", "pattern": f"^({MONTH.pattern})?$"} if dimension == "month" else {"type": "string"}
    )
