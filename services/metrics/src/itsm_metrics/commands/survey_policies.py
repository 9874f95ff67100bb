"""Issuing editions of the policy that says who is asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import created
from itsm_events.survey import SurveyPolicyIssued

from itsm_metrics.commands.recording import SOURCE
from itsm_metrics.rules.survey_policy import SurveyPolicy
from itsm_metrics.tables import survey_policy

PLACE: Final = "/v1/survey-policies"
LATEST: Final = "SELECT coalesce(max(edition), 0) FROM survey_policy WHERE tenant = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued(SurveyPolicy):
    """An edition as a record: it never changes."""

    id: UUID
    version: int = 1
    issued_by: str
    issued_at: datetime


async def issue(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """The next edition; who is asked from now on goes by it. Raises Refused where two are issued at once."""
    identity = new_id()

    async def decide() -> Decision:
        edition = await db.fetchval(LATEST, ctx.tenant) + 1
        policy = Issued(id=identity, issued_by=ctx.actor, issued_at=ctx.now, edition=edition, **given)
        said = SurveyPolicyIssued.model_validate(asdict(policy))
        return created(ctx, survey_policy, policy, said, source=SOURCE, place=PLACE)

    return await perform(db, ctx, decide)
