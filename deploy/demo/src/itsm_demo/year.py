"""A year of the company, made from a seed: seasons, an outage, a bad change, and something that got better.

The same month gives the same year to the letter, so that an import of it again finds everything there.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

Line = dict[str, Any]
SEED: Final = 1859
DAYS: Final = 365


class Trade(NamedTuple):
    """A service: who looks after it, its incidents on a day of work, and the hours that one usually takes."""

    group: str
    daily: float
    hours: float
    categories: tuple[str, ...]


TRADES: Final = {
    "mail": Trade("servers", 1.6, 7.0, ("delivery", "quota", "calendar")),
    "identity": Trade("service-desk", 2.0, 1.5, ("password", "access")),
    "remote-access": Trade("network", 1.2, 9.0, ("tunnel", "client")),
    "erp": Trade("applications", 1.0, 14.0, ("booking", "report", "interface")),
}
URGENT: Final = (
    ("high", "high"),
    ("medium", "high"),
    ("medium", "medium"),
    ("medium", "low"),
    ("low", "low"),
)
OFTEN: Final = (1, 4, 12, 10, 6)
HASTE: Final = {"high": 0.4, "medium": 1.0, "low": 1.8}
WORKED: Final = "mail"
"""From the middle of the year on its incidents take 45 % less time; those of remote-access do not."""
BETTER: Final = 0.55
MIDDLE: Final = 190
OUTAGE: Final = 96
BAD: Final = 262
"""Days after the start: when erp was down for a morning, and when a change to it went wrong."""


@dataclass
class Year:
    """What there is to import, and when it began."""

    start: datetime
    incidents: list[Line] = field(default_factory=list)
    changes: list[Line] = field(default_factory=list)
    surveys: list[Line] = field(default_factory=list)


def year(now: datetime) -> Year:
    """The twelve months before the one that `now` is in."""
    end = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    made, dice = Year(end - timedelta(days=DAYS)), random.Random(SEED)  # noqa: S311  # nobody's secret
    for day in range(DAYS):
        for service, trade in TRADES.items():
            for _ in range(drawn(dice, trade.daily * busy(made.start + timedelta(days=day)))):
                incident(made, dice, day, service, hours=dice.uniform(7, 17))
        if day % 7 in (1, 3) and (made.start + timedelta(days=day)).weekday() < 5:
            change(made, dice, day)
    for number in range(35):
        incident(made, dice, OUTAGE, "erp", hours=8 + number / 20, category="outage")
    change(made, dice, BAD, "erp", bad=True)
    for number in range(22):
        incident(made, dice, BAD, "erp", hours=20 + number / 8, cause=made.changes[-1]["external_id"])
    return made


def busy(day: datetime) -> float:
    """How many incidents there are of the usual number: few at weekends and in July, many in January."""
    season = 1 + 0.3 * math.cos((day.timetuple().tm_yday - 15) / 365.25 * 2 * math.pi)
    return season * (0.15 if day.weekday() >= 5 else 1.0)


def drawn(dice: random.Random, expected: float) -> int:
    """How often something happens on a day, by chance."""
    count, chance = 0, dice.random()
    limit = math.exp(-expected)
    while chance > limit:
        chance *= dice.random()
        count += 1
    return count


def incident(
    made: Year,
    dice: random.Random,
    day: int,
    service: str,
    *,
    hours: float,
    category: str | None = None,
    cause: str | None = None,
) -> None:
    """An incident from its opening to its end, and what its caller thought of it."""
    trade = TRADES[service]
    number = f"year-{len(made.incidents):05d}"
    impact, urgency = dice.choices(URGENT, OFTEN)[0]
    opened = made.start + timedelta(days=day, hours=hours)
    pace = BETTER if service == WORKED and day >= MIDDLE else 1.0
    took = trade.hours * pace * HASTE[urgency] * dice.lognormvariate(0, 0.7)
    begun, solved = opened + timedelta(hours=took * 0.2), opened + timedelta(hours=took)
    history: list[Line] = [
        {"at": said(begun), "to": "in_progress", "assignment_group": trade.group},
        {"at": said(solved), "to": "resolved", "resolution_code": "solved"},
    ]
    if cause:
        history[0]["caused_by_change"] = cause
    if dice.random() < 0.06:
        back = solved + timedelta(hours=5)
        solved = back + timedelta(hours=took * 0.5)
        history.append({"at": said(back), "to": "in_progress"})
        history.append({"at": said(solved), "to": "resolved", "resolution_code": "solved"})
    history.append({"at": said(solved + timedelta(days=3)), "to": "closed"})
    made.incidents.append(
        {
            "external_id": number,
            "title": f"{service}: {category or dice.choice(trade.categories)}",
            "opened_at": said(opened),
            "impact": impact,
            "urgency": urgency,
            "service": service,
            "category": category or dice.choice(trade.categories),
            "history": history,
        }
    )
    if dice.random() < 0.3:
        score = max(1, min(5, round(4.6 - took / 12 + dice.gauss(0, 0.7))))
        asked(made, number, service, trade.group, solved, score if dice.random() < 0.6 else None)


def asked(made: Year, number: str, service: str, group: str, solved: datetime, score: int | None) -> None:
    """A survey, answered within two days or not at all."""
    line: Line = {"external_id": f"survey-{number}", "record_type": "incident", "number": number}
    line |= {"person": "somebody", "sent_at": said(solved), "service": service, "assignment_group": group}
    if score is not None:
        line |= {"answered_at": said(solved + timedelta(days=1)), "score": score}
    made.surveys.append(line)


def change(
    made: Year, dice: random.Random, day: int, service: str | None = None, *, bad: bool = False
) -> None:
    """A change from its proposal to its close; a bad one was backed out the next morning."""
    service = service or dice.choice(sorted(TRADES))
    done = made.start + timedelta(days=day, hours=19)
    line: Line = {
        "external_id": f"year-change-{len(made.changes):04d}",
        "title": f"{service}: monthly update",
        "type": "normal" if bad else dice.choices(("standard", "normal", "emergency"), (6, 3, 1))[0],
        "proposed_at": said(done - timedelta(days=dice.uniform(2, 12))),
        "approved_at": said(done - timedelta(days=1)),
        "implemented_at": said(done),
        "closed_at": said(done + timedelta(days=2)),
        "close_code": "unsuccessful" if bad else "successful",
        "service": service,
    }
    if bad:
        line["backed_out_at"] = said(done + timedelta(hours=14))
    made.changes.append(line)


def said(moment: datetime) -> str:
    """RFC 3339, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def told(made: Year) -> Iterator[tuple[str, str, list[Line]]]:
    """Service, path and lines, in the order in which they need one another."""
    yield "change", "/v1/changes:import", made.changes
    yield "incident", "/v1/incidents:import", made.incidents
    yield "metrics", "/v1/surveys:import", made.surveys
