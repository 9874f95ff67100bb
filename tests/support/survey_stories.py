"""Surveys as metrics hears of them: stories told event by event."""

from datetime import timedelta
from typing import Any, Self

from itsm_chassis.store.ids import new_id
from itsm_events import survey
from support.incident_events import at
from support.said_events import Told


class SurveyStory(Told):
    """One person is asked about a resolved incident, and may answer."""

    def __init__(self, sent: float = 0, **state: Any) -> None:
        super().__init__("acme", "/itsm/metrics")
        self.state = {"record": str(new_id()), "record_type": "incident", "number": "INC-000001"}
        self.state |= {"person": "somebody", "status": "open", "sent_at": at(sent)}
        self.state |= {"expires_at": at(sent) + timedelta(days=30)} | state
        self.say(survey.SurveySent, at(sent))

    def answered(self, minutes: float, score: int) -> Self:
        """The first answer."""
        when = at(minutes)
        return self.say(survey.SurveyAnswered, when, status="answered", score=score, answered_at=when)
