"""Times in query strings and in bodies of questions: RFC 3339, and not so far off that nobody plans there."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.http.values import read_moment
from pydantic import BeforeValidator

from itsm_change.rules.interval import SEARCHED, Interval
from itsm_change.rules.recurrence import YEARS


def written(value: Any) -> datetime:
    """A time as it is written in a query string."""
    return read_moment(str(value))


Moment = Annotated[datetime, BeforeValidator(written)]


def period(start: datetime, end: datetime, name: str, longest: timedelta | None = None) -> Interval:
    """[start, end); Invalid, at the parameter `name`, where that is no time that anybody plans."""
    sentence: str | None = None
    if end <= start:
        sentence = "It must end after it begins."
    elif start.year not in YEARS or end.year not in YEARS:
        sentence = f"Changes are planned between {YEARS[0]} and {YEARS[-1]}."
    elif longest is not None and end - start > longest:
        sentence = f"It must not be longer than {longest.days} days."
    if sentence is not None:
        raise Invalid("invalid_parameter", sentence, (FieldError(name, "invalid", sentence),))
    return Interval(start, end)


def span(text: str) -> Interval:
    """`2026-03-01T00:00:00Z/2026-03-31T00:00:00Z`."""
    start, _, end = text.partition("/")
    try:
        found = read_moment(start), read_moment(end)
    except ValueError:
        sentence = "within is two times with a slash: 2026-03-01T00:00:00Z/2026-03-31T00:00:00Z."
        raise Invalid("invalid_parameter", sentence, (FieldError(WITHIN, "invalid", sentence),)) from None
    return period(*found, WITHIN, SEARCHED)


WITHIN: Final = "within"
