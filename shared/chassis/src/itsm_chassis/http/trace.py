"""W3C trace context and request ids: taken over where sane, begun where not."""

import re
import secrets
from typing import NamedTuple

TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TRACE = "itsm.trace"
"""Where the front leaves the Trace in the ASGI scope."""

NO_TRACE, NO_SPAN = "0" * 32, "0" * 16


class Trace(NamedTuple):
    """The ids of one request: `parent` is the traceparent that goes on into events."""

    trace_id: str
    parent: str
    request_id: str


def begin(traceparent: str | None, request_id: str | None) -> Trace:
    """Continue the caller's trace with a span of our own; an invalid traceparent is ignored."""
    trace_id, flags = continued(traceparent) or (secrets.token_hex(16), "00")
    if request_id is None or not REQUEST_ID.fullmatch(request_id):
        request_id = trace_id
    return Trace(trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-{flags}", request_id)


def continued(traceparent: str | None) -> tuple[str, str] | None:
    """Trace id and flags of a valid traceparent; version 00 has exactly four parts."""
    found = TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if found is None:
        return None
    version, trace_id, span_id, flags = found.groups()
    if version == "ff" or trace_id == NO_TRACE or span_id == NO_SPAN:
        return None
    if version == "00" and len(found.group()) != 55:
        return None
    return trace_id, "01" if int(flags, 16) & 1 else "00"
