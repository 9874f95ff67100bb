"""The door of the import of surveys."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from itsm_chassis.errors import FieldError
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.failures import findings
from itsm_chassis.http.importing import LINES, RESULTS, Streamed
from itsm_chassis.http.texts import Name, Title
from itsm_chassis.store import chunks
from pydantic import ValidationError
from starlette.responses import Response

from itsm_metrics.api.surveys import PLACE, AnswerComment, Score
from itsm_metrics.commands import import_surveys
from itsm_metrics.rules.survey_history import Line, wrong
from itsm_metrics.rules.survey_policy import RecordType

SHOWN: Final = {
    "record_type",
    "number",
    "title",
    "service",
    "assignment_group",
    "priority",
    "offering",
    "business_unit",
}

router = APIRouter(tags=["surveys"])


class SurveyIn(StrictModel):
    """One line."""

    external_id: Name
    record_type: RecordType
    number: Name
    person: Name
    sent_at: datetime
    expires_at: datetime | None = None
    answered_at: datetime | None = None
    score: Score | None = None
    comment: AnswerComment | None = None
    title: Title | None = None
    service: Name | None = None
    assignment_group: Name | None = None
    priority: Name | None = None
    offering: Name | None = None
    business_unit: Name | None = None


def understood(value: Mapping[str, Any], now: datetime) -> tuple[Line | None, list[FieldError]]:
    """The line, or None and everything that is wrong with it."""
    try:
        given = SurveyIn.model_validate(value)
    except ValidationError as error:
        return None, list(findings([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]))
    line = Line(
        external_id=given.external_id,
        person=given.person,
        sent_at=given.sent_at,
        expires_at=given.expires_at,
        answered_at=given.answered_at,
        score=given.score,
        comment=given.comment,
        shown=given.model_dump(include=SHOWN),
    )
    found = wrong(line, now)
    return (None, found) if found else (line, [])


CARRY_OUT: Final = partial(
    chunks.carry_out, chunks.Kind(import_surveys.BULK, understood, import_surveys.decided)
)


@router.post(
    f"{PLACE}:import",
    operation_id="import_surveys",
    summary="Import surveys with their answers",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=LINES,
)
async def import_answers(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One survey of another desk per line; one result per line {line, external_id, status, id, errors}.

    Fields: external_id, record_type, number, person and sent_at; answered_at with score (1 to 5) and comment;
    expires_at (default: 30 days after sent_at), title, service, assignment_group, priority, offering and
    business_unit where they are known. `external_id` is unique: the same line again is `unchanged`, with
    other content `conflict`. Stored in transactions of up to 500 lines; whatever interrupts it, sending the
    file again completes it.
    """
    return Streamed(ctx, partial(CARRY_OUT, db, dry_run=dry_run))
