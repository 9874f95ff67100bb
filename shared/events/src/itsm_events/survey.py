"""Surveys of how content people are with what was done for them, said by the metrics service.

What opens a survey, and what somebody wrote in it, is said nowhere.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal["open", "answered", "expired"]


class SurveyEvent(Event):
    """The state of a survey: whom it asks, about which record, and the answer.

    - record, record_type, number, title, and where it stood: as the record's resolution or fulfilment said;
      a survey of another desk has an external_id, and its record a number but no id
    - score: 1 (very unsatisfied) to 5 (very satisfied)
    - answered_at: the first answer; a revision does not move it
    - policy_edition: which survey policy decided; 0 is the one that ships, null: another desk
    """

    external_id: str | None = None
    record: str | None = None
    record_type: Literal["incident", "service_request"]
    number: str
    title: str | None = None
    service: str | None = None
    assignment_group: str | None = None
    priority: str | None = None
    offering: str | None = None
    business_unit: str | None = None
    person: Annotated[str, PERSON]
    status: Status
    score: int | None = None
    comment: Annotated[str | None, PRIVATE] = None
    sent_at: AwareDatetime
    expires_at: AwareDatetime
    answered_at: AwareDatetime | None = None
    policy_edition: int | None = None


class SurveySent(SurveyEvent):
    """Somebody is asked: there is a link for them."""

    type: ClassVar[str] = "itsm.survey.sent.v1"


class SurveyAnswered(SurveyEvent):
    """The first answer; at most one per survey."""

    type: ClassVar[str] = "itsm.survey.answered.v1"


class SurveyRevised(SurveyEvent):
    """The same person thought better of it: this answer takes the place of the one before."""

    type: ClassVar[str] = "itsm.survey.revised.v1"


class SurveyExpired(SurveyEvent):
    """Its time ran out unanswered."""

    type: ClassVar[str] = "itsm.survey.expired.v1"


class SurveyPolicyIssued(Event):
    """From now on this edition decides who is asked. Each edition is a subject of its own.

    - share: of records, 0 to 1, about which somebody is asked
    - record_types: what is asked about
    - quiet_s: how long nobody is asked again; valid_s: how long a survey may be answered;
      change_within_s: how long after the first answer it may be changed
    """

    type: ClassVar[str] = "itsm.survey_policy.issued.v1"

    edition: int
    share: float
    record_types: list[Literal["incident", "service_request"]]
    quiet_s: int
    valid_s: int
    change_within_s: int
    issued_at: AwareDatetime
