"""A list's query parameters, as its OpenAPI operation documents them."""

from typing import TYPE_CHECKING, Any

from itsm_chassis.http.query import DEFAULT_LIMIT, MAX_IN, MAX_LIMIT
from itsm_chassis.http.values import operators, schema

if TYPE_CHECKING:
    from itsm_chassis.http.listing import Listing

MEANING = {
    "": "equal to",
    "in": "one of, separated by commas",
    "gte": ">=",
    "gt": ">",
    "lte": "<=",
    "lt": "<",
}

LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
CURSOR = {"type": "string"}
ONLY = {"type": "boolean", "const": True}
COUNT = {"type": "string", "enum": ["exact", "estimated"]}


def documented(listing: "Listing") -> list[dict[str, Any]]:
    """Every parameter that the list knows."""
    found = [
        parameter(f"{name}__{op}" if op else name, f"{name} {MEANING[op]}", one(listing, name, op))
        for name in listing.filters
        for op in operators(listing.table.c[name])
    ]
    if listing.search:
        where = ", ".join(column.name for column in listing.search)
        found.append(parameter("q", f"Text found literally in {where}", {"type": "string", "minLength": 1}))
    found += [parameter(name, f"Only what is {name}", ONLY) for name in listing.marks]
    names = "|".join(sorted(listing.grammar.sorts | {"id"}))
    order = {
        "type": "string",
        "pattern": f"^-?({names})(,-?({names})){{0,2}}$",
        "default": listing.grammar.default_sort,
    }
    return [
        *found,
        parameter("sort", "Up to three columns; - before one descends", order),
        parameter("limit", "Items per page", LIMIT),
        parameter("cursor", "`next` of the page before, with the same filters and sort", CURSOR),
        parameter("count", "Also count all that match", COUNT),
    ]


def one(listing: "Listing", name: str, op: str) -> dict[str, Any]:
    """The schema of one filter's value."""
    value = schema(listing.table.c[name])
    return {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_IN} if op == "in" else value


def parameter(name: str, description: str, value: dict[str, Any]) -> dict[str, Any]:
    """One query parameter; a list is written with commas."""
    made = {"name": name, "in": "query", "required": False, "description": description, "schema": value}
    return made | {"style": "form", "explode": False} if value.get("type") == "array" else made
