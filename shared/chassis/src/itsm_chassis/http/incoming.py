"""The body of a request, read once, bounded in size and time, and of a type that was announced."""

import asyncio
from collections.abc import Mapping
from typing import NoReturn

from starlette.types import Message, Receive

from itsm_chassis.http.problem import Rejected

MAX_BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 30.0

ONCE = frozenset({b"authorization", b"content-type", b"content-length", b"if-match", b"idempotency-key"})
"""Headers of which a second one would leave open which of the two is meant."""

Headers = Mapping[bytes, bytes]


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Replay:
    """A `receive` that hands out a body already read, then goes on with the connection's own."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        """`receive` is asked again only after the body was taken, for the disconnect."""
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """The body as one message, then whatever the connection says."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def single(raw: list[tuple[bytes, bytes]]) -> Headers:
    """The headers by name; 400 where one that must stand alone is repeated."""
    headers = dict(raw)
    if len(headers) != len(raw):
        seen: set[bytes] = set()
        for name, _ in raw:
            if name in seen and name in ONCE:
                raise Rejected(400, "header_repeated", f"The header {name.decode()} was sent more than once.")
            seen.add(name)
    return headers


def has_body(method: str, headers: Headers) -> bool:
    """Whether the body must be read; a GET that announces none is spared the await."""
    if method in ("GET", "HEAD"):
        return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    return True


def check_media(headers: Headers, accepts: frozenset[str]) -> str:
    """The media type of the body; 415 unless it is accepted, uncompressed and UTF-8."""
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Rejected(
            415,
            "content_encoding",
            "Send the body uncompressed: no Content-Encoding.",
            Accept_Encoding="identity",
        )
    given = headers.get(b"content-type", b"").decode("latin-1").lower()
    media, _, parameters = given.partition(";")
    media, parameters = media.strip(), parameters.replace('"', "").replace(" ", "")
    if media not in accepts or parameters not in ("", "charset=utf-8", "charset=utf8"):
        wanted = " or ".join(sorted(accepts))
        raise Rejected(
            415, "content_type", f"Send the body as {wanted}, in UTF-8.", Accept=", ".join(sorted(accepts))
        )
    return media


async def read_body(receive: Receive, headers: Headers) -> bytes:
    """The whole body; 413 beyond 1 MiB whatever Content-Length says, 408 where it takes over 30 s."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced[:20]) > MAX_BODY_BYTES:
        refuse_large()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            body: bytes = message.get("body", b"")
            if not message.get("more_body"):
                return body if len(body) <= MAX_BODY_BYTES else refuse_large()
            return await gather(receive, body)
    except TimeoutError:
        detail = f"The body did not arrive within {BODY_TIMEOUT_S:.0f} s."
        raise Rejected(408, "body_timeout", detail, Connection="close") from None


async def gather(receive: Receive, first: bytes) -> bytes:
    """The rest of a body that comes in pieces."""
    body = bytearray(first)
    more = True
    while more:
        if len(body) > MAX_BODY_BYTES:
            refuse_large()
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body) if len(body) <= MAX_BODY_BYTES else refuse_large()


def refuse_large() -> NoReturn:
    """413, and the connection is closed: what is still on its way will not be read."""
    raise Rejected(
        413, "body_too_large", f"The body is larger than {MAX_BODY_BYTES} bytes.", Connection="close"
    )
