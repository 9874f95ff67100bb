"""Opaque cursors: where a list went on, signed together with the question that it belongs to."""

import binascii
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from itsm_chassis.errors import FieldError, Invalid

MAC_BYTES = 16
LONGEST = 2048


def seal(key: bytes, question: str, place: list[Any]) -> str:
    """A cursor for this place (JSON values) in the answer to this question."""
    payload = json.dumps(place, separators=(",", ":")).encode()
    return urlsafe_b64encode(mac(key, question, payload) + payload).rstrip(b"=").decode()


def unseal(key: bytes, question: str, cursor: str, parameter: str = "cursor") -> list[Any]:
    """The place in a cursor of ours; `Invalid` where it was altered or belongs to another question."""
    try:
        if len(cursor) > LONGEST:
            raise ValueError
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raise not_ours(parameter) from None
    given, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(given, mac(key, question, payload)):
        raise not_ours(parameter)
    place: list[Any] = json.loads(payload)
    return place


def mac(key: bytes, question: str, payload: bytes) -> bytes:
    """What ties a payload to its question."""
    return hmac.digest(key, question.encode() + b"\n" + payload, "sha256")[:MAC_BYTES]


def not_ours(parameter: str) -> Invalid:
    """The refusal; it does not say which of the reasons it was."""
    message = "This cursor is not one of this list with these filters and this sort. Start again without it."
    return Invalid("invalid_cursor", message, (FieldError(parameter, "invalid_cursor", message),))
