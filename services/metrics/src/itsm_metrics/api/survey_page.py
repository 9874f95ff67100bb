"""The page on which the person asked answers, by the link alone."""

from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Body
from itsm_chassis.auth.links import named
from itsm_chassis.errors import Gone, Invalid, Refused
from itsm_chassis.http.deps import Db, Linked
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from itsm_metrics.api.survey_form import HEADERS, WRONG, form, over
from itsm_metrics.api.surveys import PAGE, AnswerIn, Token
from itsm_metrics.commands import answering
from itsm_metrics.rules.survey import readable

FORM: Final = "application/x-www-form-urlencoded"
BODY: Final[dict[str, Any]] = {"requestBody": {"content": {FORM: {"schema": {"type": "object"}}}}}

router = APIRouter(include_in_schema=False)


@router.get(PAGE, operation_id="show_survey_page")
async def show_survey_page(ctx: Linked, db: Db, token: Token) -> Response:
    """The form, or the answer that stands. Showing it answers nothing."""
    survey = await answering.current(db, ctx, named(token)[1])
    try:
        readable(survey, ctx.now)
    except Gone as gone:
        return html(over(gone.detail), 410)
    return html(form(survey, ctx.now))


@router.post(PAGE, operation_id="answer_survey_page", openapi_extra=BODY)
async def answer_survey_page(
    ctx: Linked, db: Db, token: Token, body: Annotated[bytes, Body(media_type=FORM)] = b""
) -> Response:
    """Take the form and show the page again, so that reloading it sends nothing twice."""
    survey = named(token)[1]
    given = fields(body)
    try:
        answer = AnswerIn.model_validate(given)
    except ValidationError:
        state = await answering.current(db, ctx, survey)
        return html(form(state, ctx.now, WRONG, str(given["comment"] or "")), 422)
    try:
        await answering.answer(db, ctx, survey, answer.score, answer.comment)
    except Gone as gone:
        return html(over(gone.detail), 410)
    except Refused as refused:
        return html(over(refused.detail), 409)
    return RedirectResponse(f"{PAGE}?{urlencode({'token': token})}", 303)


def fields(body: bytes) -> dict[str, Any]:
    """What the form holds, as an answer has it: usual line ends, and no comment where it is blank."""
    try:
        given = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10, errors="strict")
    except ValueError as error:
        raise Invalid("invalid_form", "The form is not sound UTF-8, or has more than ten fields.") from error
    score, comment = given.get("score", [""])[-1], given.get("comment", [""])[-1].replace("\r\n", "\n")
    if "\x00" in comment:
        raise Invalid("nul_character", "The form holds the character NUL.")
    return {"score": int(score) if score in "12345" and score else None, "comment": comment.strip() or None}


def html(text: str, status: int = 200) -> Response:
    """A page, with what it may load."""
    return HTMLResponse(text, status, HEADERS)
