"""The request headers that condition a write: If-Match and Idempotency-Key."""

import re
from hashlib import sha256

from itsm_chassis.errors import FieldError, Invalid, Stale
from itsm_chassis.http.problem import Rejected
from itsm_chassis.store.context import Key

ENTITY_TAG = re.compile(r'(W/)?"(0|[1-9][0-9]{0,18})"')
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
LAST_VERSION = 2**31 - 1


def expected_version(header: str | None) -> int | None:
    """The version that If-Match demands; None for `*`.

    Absent is 428. Anything but one `"<version>"` is 422; a version that no record can have is stale, 412,
    and a weak tag (`W/"<version>"`) is 412 too: RFC 9110 compares If-Match strongly.
    """
    if header is None:
        raise Rejected(
            428,
            "if_match_required",
            'Send the ETag that you read as If-Match, such as If-Match: "7", or If-Match: * for any version.',
        )
    if header == "*":
        return None
    found = ENTITY_TAG.fullmatch(header)
    if found is None:
        message = 'If-Match must be one version in quotes, such as "7", or *.'
        raise Invalid("if_match_malformed", message, (FieldError("If-Match", "if_match_malformed", message),))
    if found[1]:
        raise Rejected(
            412,
            "weak_if_match",
            'If-Match takes no weak ETag: send it without the W/ before it, such as If-Match: "7". '
            "A proxy that compresses answers may have put that there.",
        )
    version = int(found[2])
    if not 0 < version <= LAST_VERSION:
        raise Stale
    return version


def idempotency_key(header: str | None, method: str, path: str, body: bytes) -> Key | None:
    """The Idempotency-Key with its scope and the hash of what was asked; None where none was sent."""
    if header is None:
        return None
    if not IDEMPOTENCY_KEY.fullmatch(header):
        message = "Idempotency-Key must be 1 to 255 visible ASCII characters."
        finding = FieldError("Idempotency-Key", "idempotency_key_malformed", message)
        raise Invalid("idempotency_key_malformed", message, (finding,))
    return Key(header, method, path, sha256(body).digest())
