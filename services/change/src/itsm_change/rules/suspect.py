"""A change suspected of having caused an incident: its state, and whose word counts.

The machine suspects and withdraws; what a person says, or the incident itself by naming its cause, stands
until the next such word.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from itsm_change.rules import attribution
from itsm_change.rules.attribution import Reason, Score, State
from itsm_change.rules.card import written
from itsm_change.rules.change import ChangeType

Voice = Literal["person", "link"]
TIMES = ("implemented_at", "opened_at", "judged_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """Field by field as it is shown. `judged_by` is an opaque id, `judged_through` how the word came."""

    id: UUID
    version: int
    change_id: UUID
    change_number: str
    change_title: str
    change_type: ChangeType
    implemented_at: datetime | None
    incident_id: UUID
    incident_number: str
    opened_at: datetime
    service: str | None
    state: State
    score: float | None = None
    reasons: tuple[Reason, ...] = ()
    via: str | None = None
    model: str = attribution.DEFAULT.key
    judged_by: str | None = None
    judged_at: datetime | None = None
    judged_through: Voice | None = None
    note: str | None = None


class Link(NamedTuple):
    """The incident names the change as its cause: since when, and who said so (opaque)."""

    at: datetime
    by: str


def looked_at(before: Suspect, found: Score | None, via: str | None, link: Link | None) -> Suspect:
    """The suspicion after the machine has looked: the same object's fields where nothing changed."""
    scored = replace(
        before,
        score=found.value if found else None,
        reasons=found.reasons if found else (),
        via=via if found else None,
    )
    if link is not None and (before.judged_at is None or link.at > before.judged_at):
        return replace(
            scored, state="confirmed", judged_by=link.by, judged_at=link.at, judged_through="link", note=None
        )
    if before.judged_through == "person" or (before.judged_through == "link" and link is not None):
        return scored
    alone = replace(scored, judged_by=None, judged_at=None, judged_through=None, note=None)
    enough = attribution.suspected(attribution.DEFAULT, found)
    return replace(alone, state="suspected" if enough else "withdrawn")


def judged(
    before: Suspect, state: Literal["confirmed", "rejected"], by: str, at: datetime, note: str | None
) -> Suspect:
    """A person's word."""
    return replace(before, state=state, judged_by=by, judged_at=at, judged_through="person", note=note)


def write(suspect: Suspect) -> str:
    """JSON text."""
    data: dict[str, Any] = asdict(suspect)
    for name in TIMES:
        data[name] = written(data[name]) if data[name] else None
    data |= {name: str(data[name]) for name in ("id", "change_id", "incident_id")}
    data["reasons"] = [reason._asdict() for reason in suspect.reasons]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Suspect:
    """The suspicion behind a card."""
    data: dict[str, Any] = json.loads(text)
    for name in TIMES:
        data[name] = datetime.fromisoformat(data[name]) if data[name] else None
    data |= {name: UUID(data[name]) for name in ("id", "change_id", "incident_id")}
    data["reasons"] = tuple(Reason(**reason) for reason in data["reasons"])
    return Suspect(**data)
