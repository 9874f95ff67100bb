"""The OpenAPI document, with the house rules that every operation follows written into it."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from itsm_chassis.http.door import TOKEN, Door
from itsm_chassis.http.problem import MEDIA_TYPE, Problem

REF = "#/components/responses/"

PROBLEMS = {
    400: "The body is not valid JSON, or a header was sent twice.",
    401: "There is no bearer token, or it is not valid.",
    403: "The token's roles do not allow this operation.",
    404: "There is no such record for this caller.",
    408: "The body took too long to arrive.",
    409: "The record's state does not allow this, or a twin with the same Idempotency-Key is still at work.",
    412: "The record has changed since it was read.",
    413: "The body is larger than 1 MiB.",
    415: "The body is compressed, or of a type that is not accepted.",
    422: "The request is understood but wrong; errors says where.",
    428: "If-Match is required.",
    503: "Something that the service needs does not answer; retry after Retry-After.",
}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a retry safe: the same key and body within 24 h get the first answer again.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag that was read, or * for whatever the version is.",
    "schema": {"type": "string", "pattern": '^(\\*|(W/)?"(0|[1-9][0-9]{0,18})")$'},
}
ETAG = {"description": "The record's version.", "schema": {"type": "string"}}
LOCATION = {"description": "The new record's address.", "schema": {"type": "string"}}
REPLAYED = {
    "description": "true: the first answer to this Idempotency-Key, again.",
    "schema": {"type": "string"},
}


class Documented(FastAPI):
    """A FastAPI whose document tells what the door does."""

    _completed: dict[str, Any] | None = None

    def openapi(self) -> dict[str, Any]:
        """The document; FastAPI keeps and returns the same object, so it is completed once."""
        document = super().openapi()
        if document is not self._completed:
            complete(document, [r for r in self.router.routes if isinstance(r, APIRoute)])
            self._completed = document
        return document


def complete(document: dict[str, Any], routes: list[APIRoute]) -> None:
    """Add the security scheme, the problems and the headers."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs") | {"Problem": schema}
    components["responses"] = {str(status): stated(status, text) for status, text in PROBLEMS.items()}
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    if any(isinstance(route.app, Door) and route.app.links for route in routes):
        components["securitySchemes"]["link"] = {"type": "apiKey", "in": "query", "name": TOKEN}
    document["security"] = [{"bearer": []}]
    for route in routes:
        if route.include_in_schema and isinstance(route.app, Door):
            for method in route.methods or ():
                describe(document["paths"][route.path_format][method.lower()], route.app, method)


def stated(status: int, text: str) -> dict[str, Any]:
    """One problem as a response component."""
    headers: dict[str, Any] = {}
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    if status == 503:
        headers["Retry-After"] = {"schema": {"type": "string"}}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "content": content} | ({"headers": headers} if headers else {})


def describe(operation: dict[str, Any], door: Door, method: str) -> None:
    """Write what the door of this operation does into its description."""
    if door.links is not None:
        operation["security"] = [{"link": []}]
        operation["parameters"] = [each for each in operation["parameters"] if each["name"] != TOKEN]
    roles = ", ".join(sorted(door.allowed))
    operation["description"] = f"{operation.get('description', '')}\n\nRoles: {roles}.".strip()
    parameters = operation.setdefault("parameters", [])
    parameters += [IF_MATCH] * door.versioned + [IDEMPOTENCY_KEY] * door.keyed
    body = operation.get("requestBody", {}).get("content", {})
    if method == "PATCH" and "application/json" in body:
        body["application/merge-patch+json"] = body["application/json"]
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    for status in problems(operation, door, method):
        responses.setdefault(str(status), {"$ref": f"{REF}{status}"})
    for status, response in responses.items():
        if status >= "400" and "$ref" not in response:
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        elif status.startswith("2"):
            add_headers(response, door, status)


def problems(operation: dict[str, Any], door: Door, method: str) -> list[int]:
    """The problems that an operation can answer with, beside those that its router declares."""
    found = [400, 401, 403, 413, 415, 422, 503]
    if any(parameter.get("in") == "path" for parameter in operation["parameters"]):
        found.append(404)
    if method != "GET":
        found += [408, 409]
    if door.versioned:
        found += [412, 428]
    return sorted(found)


def add_headers(response: dict[str, Any], door: Door, status: str) -> None:
    """ETag, Location and Idempotency-Replayed, where they can occur."""
    headers = response.setdefault("headers", {})
    if status == "201":
        headers.setdefault("Location", LOCATION)
    if door.versioned or status == "201":
        headers.setdefault("ETag", ETAG)
    if door.keyed:
        headers.setdefault("Idempotency-Replayed", REPLAYED)
    if not headers:
        del response["headers"]
