"""A survey that another desk sent: what is wrong with it, and what became of it step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from itsm_chassis.errors import FieldError

from itsm_metrics.rules.survey import Survey, answered, expired
from itsm_metrics.rules.survey_policy import SurveyPolicy

AHEAD: Final = timedelta(minutes=5)
"""How far another desk's clock may run before ours."""
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)

What = Literal["sent", "answered", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One of them; `shown` is where its record stood."""

    external_id: str
    person: str
    sent_at: datetime
    expires_at: datetime | None
    answered_at: datetime | None
    score: int | None
    comment: str | None
    shown: dict[str, Any]

    @property
    def until(self) -> datetime:
        """When its time was over; 30 days after it was sent where that is not told."""
        return self.expires_at or self.sent_at + SurveyPolicy().valid


def wrong(line: Line, now: datetime) -> list[FieldError]:
    """Everything about it that cannot have been."""
    found = []
    for name in ("sent_at", "answered_at"):
        at = getattr(line, name)
        if at is not None and at - now > AHEAD:
            found.append(FieldError(f"/{name}", "future_time", "lies more than 5 minutes ahead"))
    if found:
        return found
    if line.sent_at < EARLIEST:
        found.append(FieldError("/sent_at", "too_early", "lies before 1970: no desk kept its surveys then"))
    if line.until <= line.sent_at:
        found.append(FieldError("/expires_at", "invalid", "must be later than sent_at"))
    if (line.score is None) != (line.answered_at is None):
        found.append(FieldError("/score", "invalid", "comes together with answered_at, or neither does"))
    if line.comment is not None and line.score is None:
        found.append(FieldError("/comment", "invalid", "comes with a score"))
    if line.answered_at is not None and not line.sent_at <= line.answered_at < line.until:
        found.append(FieldError("/answered_at", "invalid", "must lie from sent_at to before expires_at"))
    return found


def replayed(
    line: Line, person: str, identity: UUID, now: datetime
) -> Iterator[tuple[What, datetime, Survey]]:
    """What happened, when, and the survey after it; `person` is an opaque id. Still open, it is live."""
    survey = Survey(
        id=identity,
        external_id=line.external_id,
        person=person,
        sent_at=line.sent_at,
        expires_at=line.until,
        change_within_s=0,
        **line.shown,
    )
    yield "sent", line.sent_at, survey
    if line.answered_at is not None and line.score is not None:
        yield "answered", line.answered_at, answered(survey, line.score, line.comment, line.answered_at)
    elif line.until <= now:
        yield "expired", line.until, expired(survey)
