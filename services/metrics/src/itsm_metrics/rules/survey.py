"""A survey: one person is asked about one record, and may answer it for a while."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Self
from uuid import UUID

from itsm_chassis.errors import Gone, Refused

Status = Literal["open", "answered", "expired"]
MOMENTS: Final = ("sent_at", "expires_at", "answered_at", "changeable_until")
OVER: Final = "This survey is over: its time to answer has run out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Field by field as the staff sees it. Where it stood is what the resolution or fulfilment said.

    `changeable_until` is known once it is answered; `policy_edition` decided that it was sent. Of one that
    another desk sent there is an `external_id`, and no id of its record.
    """

    id: UUID
    version: int = 1
    external_id: str | None = None
    record: UUID | None = None
    record_type: str
    number: str
    title: str | None = None
    service: str | None = None
    assignment_group: str | None = None
    priority: str | None = None
    offering: str | None = None
    business_unit: str | None = None
    person: str
    status: Status = "open"
    score: int | None = None
    comment: str | None = None
    sent_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    changeable_until: datetime | None = None
    change_within_s: int
    policy_edition: int | None = None

    @classmethod
    def of(cls, card: str) -> Self:
        """From its card."""
        told: dict[str, Any] = json.loads(card)
        moments = {name: told[name] and datetime.fromisoformat(told[name]) for name in MOMENTS}
        record = told["record"] and UUID(told["record"])
        return cls(**{**told, **moments, "id": UUID(told["id"]), "record": record})

    @property
    def told(self) -> dict[str, Any]:
        """What an event tells of it."""
        return asdict(self) | {"record": self.record and str(self.record)}


def answered(survey: Survey, score: int, comment: str | None, now: datetime) -> Survey:
    """The survey with this answer: the first, or one in its place. The same answer again changes nothing.

    Raises Gone when its time is over, Refused when it was answered too long ago to be changed.
    """
    readable(survey, now)
    if survey.answered_at is not None:
        if (score, comment) == (survey.score, survey.comment):
            return survey
        if survey.changeable_until is None or now >= survey.changeable_until:
            raise Refused(
                "answer_final",
                "This survey is answered, and the time in which the answer could be changed is over. "
                "The answer stands.",
            )
    since = survey.answered_at or now
    until = min(since + timedelta(seconds=survey.change_within_s), survey.expires_at)
    return replace(
        survey,
        version=survey.version + 1,
        status="answered",
        score=score,
        comment=comment,
        answered_at=since,
        changeable_until=until,
    )


def readable(survey: Survey, now: datetime) -> None:
    """Raises Gone when the link opens it no more."""
    if now >= survey.expires_at:
        raise Gone("survey_over", OVER)


def expired(survey: Survey) -> Survey:
    """The survey after its time ran out unanswered."""
    return replace(survey, version=survey.version + 1, status="expired")
