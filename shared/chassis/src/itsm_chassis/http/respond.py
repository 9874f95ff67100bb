"""Answers as responses: stored JSON text goes out as it is."""

from starlette.responses import Response

from itsm_chassis.store.context import Answer
from itsm_chassis.store.records import Card

JSON = "application/json"


def etag(version: int) -> str:
    """A version as an entity tag."""
    return f'"{version}"'


def respond(answer: Answer) -> Response:
    """The response of a write: status, ETag, Location, and whether it is a replay."""
    headers: dict[str, str] = {}
    if answer.version is not None:
        headers["ETag"] = etag(answer.version)
    if answer.location is not None:
        headers["Location"] = answer.location
    if answer.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer.body or None, answer.status, headers, JSON if answer.body else None)


def card(found: Card) -> Response:
    """One record as it is stored, with its version as ETag."""
    return Response(found.text, 200, {"ETag": etag(found.version)}, JSON)
