"""The door of one operation: who calls, may they, and is what they bring fit to be read."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from itsm_chassis import clock
from itsm_chassis.auth import permissions
from itsm_chassis.auth.links import Links
from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.auth.tokens import Checks
from itsm_chassis.auth.vault import Vault
from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.http import deps, strict_json
from itsm_chassis.http.conditions import expected_version, idempotency_key
from itsm_chassis.http.incoming import (
    Disconnected,
    Headers,
    Replay,
    check_media,
    has_body,
    read_body,
    single,
)
from itsm_chassis.http.query import wrong
from itsm_chassis.http.site import visitor
from itsm_chassis.http.straight import BODY, straight
from itsm_chassis.http.trace import TRACE
from itsm_chassis.store.context import Context

JSON = frozenset({"application/json"})
PATCHES = JSON | {"application/merge-patch+json"}
NDJSON = frozenset({"application/x-ndjson"})
TOKEN = "token"  # noqa: S105  # the name of the parameter, not its value


@dataclass(frozen=True)
class Door:
    """An ASGI app around one operation's own; refuses by raising what `problem.of` can state."""

    inner: ASGIApp
    verifier: Checks
    operation: str
    allowed: frozenset[str]
    accepts: frozenset[str] = JSON
    takes_body: bool = False
    streams: bool = False
    """Whether the handler reads the body itself, of any size (an import that declares none)."""
    versioned: bool = False
    keyed: bool = False
    """Whether an Idempotency-Key is honoured."""
    links: Links | None = None
    """Where its caller is whoever made the signed link in `?token=`."""
    vault: Vault | None = None
    """Where it is a page: what opens the session of whoever is signed in."""
    queries: frozenset[str] | None = frozenset()
    """The query parameters it knows; None for a page, which has no document and reads its own."""
    takes_json: bool = field(init=False)

    def __post_init__(self) -> None:
        """Whether a body is JSON follows from what is accepted."""
        object.__setattr__(self, "takes_json", self.accepts <= PATCHES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, leave the Context in the scope, and let the request in."""
        headers = single(scope["headers"])
        if self.vault is not None:
            principal = visitor(self.vault, scope, headers)
        else:
            principal = await (self.principal(headers) if self.links is None else self.linked(scope))
        permissions.check(self.operation, self.allowed, principal)
        refuse_nul(scope)
        if scope["query_string"]:
            check_query(scope["query_string"], self.queries)
        body = b""
        if self.streams:
            check_media(headers, self.accepts)
        elif has_body(scope["method"], headers):
            try:
                body = await read_body(receive, headers)
            except Disconnected:
                return
            if body:
                scope[BODY] = self.check_body(body, headers)
            receive = Replay(body, receive)
        scope[deps.CONTEXT] = self.context(scope, headers, principal, body)
        await self.inner(scope, receive, send)

    async def principal(self, headers: Headers) -> Principal:
        """Who calls, by the bearer token."""
        given = headers.get(b"authorization")
        if given is None:
            raise Unauthenticated("Send Authorization: Bearer <token>.", missing=True)
        scheme, _, token = given.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(
                "Send Authorization: Bearer <token>; other schemes are not accepted.", missing=True
            )
        return self.verifier.known(token) or await self.verifier.verify(token.strip())

    async def linked(self, scope: Scope) -> Principal:
        """Who made the link; what they may now is for the link's maker to remember."""
        given = parse_qsl(scope["query_string"].decode("latin-1"))
        tokens = [value for name, value in given if name == TOKEN]
        if self.links is None or len(tokens) != 1:
            raise Unauthenticated("The address has no token: use the link as it was made.", missing=True)
        return await self.links.verify(tokens[0])

    def check_body(self, body: bytes, headers: Headers) -> Any:
        """The body, of an accepted type and sound JSON; an operation that takes none is given none."""
        check_media(headers, self.accepts)
        value: Any = strict_json.parse(body) if self.takes_json else body
        if not self.takes_body and value != {}:
            message = "This operation takes no body."
            raise Invalid("body_not_expected", message, (FieldError("", "body_not_expected", message),))
        return value

    def context(self, scope: Scope, headers: Headers, principal: Principal, body: bytes) -> Context:
        """What every command is given."""
        key = None
        if self.keyed and b"idempotency-key" in headers:
            value = headers[b"idempotency-key"].decode("latin-1")
            key = idempotency_key(value, scope["method"], scope["path"], body)
        expected = None
        if self.versioned:
            given = headers.get(b"if-match")
            expected = expected_version(None if given is None else given.decode("latin-1"))
        return Context(
            principal.tenant,
            principal.subject,
            principal.roles,
            clock.now(),
            scope[TRACE].parent,
            key,
            expected,
        )


def refuse_nul(scope: Scope) -> None:
    """NUL in an address is nothing that any record or filter could hold."""
    if b"%00" in scope["query_string"] or "\x00" in scope["path"]:
        message = "The address holds the character NUL."
        raise Invalid("nul_character", message)


def check_query(query: bytes, known: frozenset[str] | None) -> None:
    """A parameter that is repeated or misspelt is told, not passed over: `?dryrun=1` must import nothing."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    seen: set[str] = set()
    for name, _ in given:
        if name in seen:
            raise wrong(name, "parameter_repeated", "was given more than once")
        seen.add(name)
    if known is None:
        return
    found = tuple(
        FieldError(
            name, "unknown_parameter", f"is not known here. Known are: {', '.join(sorted(known)) or 'none'}"
        )
        for name, _ in given[:20]
        if name not in known
    )
    if found:
        raise Invalid(
            "unknown_parameter", "The address has parameters that this operation does not know.", found
        )


def door_of(
    route: APIRoute,
    verifier: Checks,
    allowed: frozenset[str],
    links: Links | None = None,
    vault: Vault | None = None,
) -> Door:
    """The door that a route's declaration asks for; LookupError where it takes what nobody checks."""
    is_linked = asks_for(route.dependant, deps.linked)
    if is_linked and links is None:
        raise LookupError(f"{route.unique_id} takes signed links: give the service its `links`.")
    is_page = asks_for(route.dependant, deps.signed_in)
    if is_page and vault is None:
        raise LookupError(f"{route.unique_id} is a page: give the service its `site`.")
    declared = (route.openapi_extra or {}).get("requestBody", {}).get("content")
    streams = route.path_format.endswith(":import") and route.body_field is None
    methods = route.methods or set()
    default = NDJSON if streams else PATCHES if "PATCH" in methods else JSON
    return Door(
        straight(route) or route.app,
        verifier,
        route.unique_id,
        allowed,
        accepts=frozenset(declared) if declared else default,
        takes_body=bool(route.body_field or declared or streams),
        streams=streams,
        versioned=asks_for(route.dependant, deps.versioned),
        keyed="POST" in methods and not streams and not answers_lines(route),
        links=links if is_linked else None,
        vault=vault if is_page else None,
        queries=None if is_page else frozenset(query_names(route.dependant) | documented_names(route)),
    )


def answers_lines(route: APIRoute) -> bool:
    """Whether it answers with a stream of lines, which nobody keeps for a second time."""
    return not NDJSON.isdisjoint(route.responses.get(200, {}).get("content", ()))


def asks_for(dependant: Dependant, dependency: Any) -> bool:
    """Whether a handler, or anything that it depends on, asks for this dependency."""
    return any(sub.call is dependency or asks_for(sub, dependency) for sub in dependant.dependencies)


def query_names(dependant: Dependant) -> set[str]:
    """The query parameters that a handler, or anything that it depends on, declares."""
    names = {parameter.alias for parameter in dependant.query_params}
    return names.union(*(query_names(sub) for sub in dependant.dependencies))


def documented_names(route: APIRoute) -> set[str]:
    """Those that it reads from the request itself, as lists do: its document has to name them all."""
    return {
        each["name"] for each in (route.openapi_extra or {}).get("parameters", ()) if each["in"] == "query"
    }
