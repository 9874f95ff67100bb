"""All events of one service, calendar or maintenance window -> what was agreed from when on.

A version holds from its time until the next version's; one dated before its predecessor counts as of the
predecessor. Calendars say themselves from when they are valid, which may lie in the past.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from math import isfinite
from typing import Any, NamedTuple

from itsm_metrics.rules import recurrence
from itsm_metrics.rules.facts import Facts, Place, Term
from itsm_metrics.rules.findings import NEGATIVE, RECURRENCE, ZONE, Oddity, counted
from itsm_metrics.rules.terms import written
from itsm_metrics.rules.walk import inorder, said_at

OF_SERVICE = (
    "business_unit",
    "availability_calendar",
    "availability_target",
    "yearly_cost",
    "currency",
    "live_at",
    "retired_at",
)
OF_MAINTENANCE = ("services", "configuration_items", "starts_at", "ends_at", "recurrence", "zone", "status")


class Version(NamedTuple):
    """What one event said."""

    sequence: int
    event: str
    time: datetime
    state: Mapping[str, Any]


def version(said: Mapping[str, Any]) -> Version:
    """One event's envelope as a version."""
    return Version(said["sequence"], said["id"], said_at(said), said["data"])


def service(versions: Iterable[Version]) -> Facts:
    """The terms of one service."""
    terms = []
    for each, since in dated(versions):
        form = {name: sound(each.state.get(name)) for name in OF_SERVICE}
        terms.append(Term("service", 0, each.state["key"], since, written(form)))
    return Facts(terms=numbered(terms))


def calendar(versions: Iterable[Version]) -> Facts:
    """The versions of one calendar."""
    return Facts(
        terms=[
            Term(
                "calendar",
                each.sequence,
                each.state["key"],
                datetime.fromisoformat(each.state["valid_from"]),
                written(each.state["calendar"]),
            )
            for each in inorder(versions)
        ]
    )


def maintenance(versions: Iterable[Version]) -> Facts:
    """The terms of one maintenance window, and what is odd about them."""
    terms, odd = [], list[Oddity]()
    for each, since in dated(versions):
        form = {name: each.state.get(name) for name in OF_MAINTENANCE}
        terms.append(Term("maintenance", 0, each.state["key"], since, written(form)))
        odd += [(each.time, Place(), code) for code in oddities(form)]
    return Facts(counted(odd), terms=numbered(terms))


def oddities(form: Mapping[str, Any]) -> list[str]:
    """What is wrong with a window."""
    starts, ends = (datetime.fromisoformat(form[name]) for name in ("starts_at", "ends_at"))
    found = [NEGATIVE] if ends < starts else []
    if form["recurrence"] is not None:
        if not recurrence.known(form["zone"]):
            found.append(ZONE)
        elif recurrence.read(form["recurrence"]) is None:
            found.append(RECURRENCE)
    return found


def dated(versions: Iterable[Version]) -> list[tuple[Version, datetime]]:
    """Each version, and from when it holds."""
    found: list[tuple[Version, datetime]] = []
    for each in inorder(versions):
        found.append((each, max(each.time, found[-1][1]) if found else each.time))
    return found


def numbered(terms: Iterable[Term]) -> list[Term]:
    """The terms without those that change nothing."""
    changes = [next(same) for _, same in groupby(terms, lambda term: (term.key, term.form))]
    return [term._replace(ordinal=n) for n, term in enumerate(changes)]


def sound(value: Any) -> Any:
    """The value; a number that is none (1e999 in JSON) is absent."""
    return None if isinstance(value, float) and not isfinite(value) else value
