"""A calendar version as plain data, as it travels in events and is stored."""

import re
from itertools import pairwise
from typing import Any

from itsm_sla.calendar import MIDNIGHT, Calendar, Holiday, Hours
from itsm_sla.calendar import week as merged
from itsm_sla.form import Form
from itsm_sla.instant import rfc3339
from itsm_sla.zone import names

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LEAST_MIN = 60
"""No calendar is open for less than an hour a week: what was agreed falls due within two lifetimes, and no
clock has to look through thousands of years.
"""
WALL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


def calendar_dict(calendar: Calendar) -> dict[str, Any]:
    """The calendar as JSON types; `calendar_from` reads it back to an equal one."""
    return {
        "key": calendar.key,
        "version": calendar.version,
        "name": calendar.name,
        "valid_from": rfc3339(calendar.valid_from),
        "issued_at": rfc3339(calendar.issued_at),
        "retired": calendar.retired,
        "zone": calendar.zone,
        "weekly": {
            day: [told(each) for each in hours]
            for day, hours in zip(WEEKDAYS, calendar.weekly, strict=True)
            if hours
        },
        "holidays": [
            {"on": day.on.isoformat(), "name": day.name, "hours": [told(each) for each in day.hours]}
            for day in calendar.holidays
        ],
    }


def told(hours: Hours) -> dict[str, str]:
    """Opening hours as {"opens": "08:00", "closes": "18:00"}."""
    return {"opens": wall(hours.opens), "closes": wall(hours.closes)}


def wall(minute: int) -> str:
    """A minute of the day as HH:MM."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def calendar_from(value: object) -> Calendar:
    """The calendar version that the data describes; Malformed with every finding where it is none.

    `weekly` has an array of opening hours per weekday; an absent weekday is closed. Hours that close at
    or before the time at which they open go on past midnight. A holiday replaces the hours of its date,
    from midnight to midnight, by its own, which are none unless given.
    """
    form = Form(value)
    calendar = Calendar(
        form.text("key"),
        form.whole("version", 1, 2**31 - 1),
        form.text("name"),
        form.time("valid_from"),
        form.time("issued_at"),
        form.text("zone"),
        weekly(form),
        holidays(form),
        form.flag("retired"),
    )
    if calendar.zone and calendar.zone not in names():
        form.refuse("zone", "must be an IANA time zone such as Europe/Berlin or UTC")
    form.check()
    return calendar


def weekly(form: Form) -> tuple[tuple[Hours, ...], ...]:
    """The hours of Monday to Sunday, some of them at least."""
    given = form.given("weekly", needed=True)
    if given is None:
        return ((),) * 7
    found = len(form.findings)
    days = Form(given, f"{form.pointer}/weekly", form.findings)
    week = tuple(opening_hours(days, day) for day in WEEKDAYS)
    days.seal()
    minutes = sum(until - since for pieces in merged(week) for since, until in pieces)
    if minutes < LEAST_MIN and len(form.findings) == found:
        message = f"must be open for at least {LEAST_MIN} minutes a week, not for {minutes}"
        form.refuse("weekly", message, "hardly_open")
    return week


def holidays(form: Form) -> tuple[Holiday, ...]:
    """The dated rows, each date once."""
    found: list[Holiday] = []
    dates = set()
    for each in form.forms("holidays"):
        day = Holiday(each.day("on"), each.text("name"), opening_hours(each, "hours"))
        each.seal()
        if any(hours.tomorrow for hours in day.hours):
            each.refuse("hours", "must not go on past midnight")
        if day.on in dates:
            each.refuse("on", "is there twice", "duplicate")
        dates.add(day.on)
        found.append(day)
    return tuple(found)


def opening_hours(form: Form, name: str) -> tuple[Hours, ...]:
    """The hours of one day, in order, without overlaps."""
    found = []
    for each in form.forms(name):
        opens, closes = minute(each, "opens"), minute(each, "closes")
        each.seal()
        if opens is not None and closes is not None:
            if opens in (closes, MIDNIGHT):
                each.refuse(
                    "closes", "must differ from opens, which is before 24:00; all day is 00:00 to 24:00"
                )
            found.append(Hours(opens, closes))
    if any(after.opens < before.today[1] for before, after in pairwise(found)):
        form.refuse(name, "must be in order and not overlap")
    return tuple(found)


def minute(form: Form, name: str) -> int | None:
    """A minute of the day from HH:MM; None where it is none."""
    text = form.text(name)
    if not text:
        return None
    if not WALL.fullmatch(text):
        form.refuse(name, "must be a time of day such as 08:30, at most 24:00")
        return None
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
