"""From the bytes of a delivery to a checked event, or the reason why it is none."""

import re
from dataclasses import dataclass

from aio_pika.abc import AbstractIncomingMessage
from itsm_events import EVENTS, Envelope
from pydantic import ValidationError

from itsm_chassis.bus.topology import CONTENT_TYPE, POSITION_HEADER

LARGEST = 1024 * 1024
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""NUL as JSON escapes it, and not a backslash that happens to stand before those letters."""


@dataclass(frozen=True, slots=True)
class Received:
    """A checked event, its text as published, and its producer's outbox position if told."""

    envelope: Envelope
    body: str
    position: int | None


class Undecodable(Exception):
    """The message is no event of ours; its text says why."""


def decode(body: bytes, position: int | None) -> Received:
    """Check envelope, type and data of one message; raises `Undecodable`."""
    if len(body) > LARGEST:
        raise Undecodable(f"{len(body)} bytes are more than the {LARGEST} of the largest event")
    try:
        envelope = Envelope.model_validate_json(body)
    except ValidationError as error:
        raise Undecodable(f"no CloudEvents envelope: {first(error)}") from error
    if NUL.search(body):
        raise Undecodable("it holds the character NUL, which PostgreSQL cannot store")
    known = EVENTS.get(envelope.type)
    if known is None:
        raise Undecodable(
            f"{envelope.type} is unknown to this version of the service; redrive after the upgrade"
        )
    try:
        known.model_validate(envelope.data)
    except ValidationError as error:
        raise Undecodable(f"the data is not that of {envelope.type}: {first(error)}") from error
    return Received(envelope, body.decode(), position)


def decode_delivery(message: AbstractIncomingMessage) -> Received:
    """`decode` for a delivery: also its content type and routing key must be an event's."""
    if message.content_type != CONTENT_TYPE:
        raise Undecodable(f"content type {message.content_type!r} is not {CONTENT_TYPE}")
    received = decode(message.body, position_of(message))
    if message.routing_key != received.envelope.type:
        raise Undecodable(f"routing key {message.routing_key!r} is not the type {received.envelope.type}")
    return received


def position_of(message: AbstractIncomingMessage) -> int | None:
    """The outbox position that the relay put beside the event."""
    position = message.headers.get(POSITION_HEADER)
    return position if isinstance(position, int) else None


def first(error: ValidationError) -> str:
    """The first finding, in one line."""
    finding = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, finding['loc'])) or 'body'}: {finding['msg']}"
