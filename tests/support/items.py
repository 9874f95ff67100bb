"""Configuration items for tests: a type, items of it, and what they depend on."""

from typing import Any

from support.services import Caller, Running

HOST = {
    "key": "host",
    "name": "Host",
    "attributes_schema": {
        "type": "object",
        "properties": {
            "cores": {"type": "integer", "minimum": 1},
            "address": {"type": "string", "format": "ipv4"},
            "serial": {"type": "string", "pattern": "^[A-Z]+-[0-9]+$"},
            "disks": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": ["cores"],
        "additionalProperties": False,
    },
}
ANY = {"key": "thing", "name": "Anything", "attributes_schema": {"type": "object"}}

Name = tuple[str, str]
"""Kind and key of a node."""


def item(key: str, **changes: Any) -> dict[str, Any]:
    """The body that registers an item without attributes."""
    named = {"key": key, "name": f"The {key}", "ci_type": "thing"}
    return named | {"environment": "production", "status": "in_use"} | changes


def end(node: str) -> dict[str, str]:
    """`service:mail`, or the key of an item."""
    kind, _, key = node.rpartition(":")
    return {"kind": kind or "configuration_item", "key": key}


async def registered(catalog: Running, *nodes: str, tenant: str = "acme") -> Caller:
    """A tenant with these nodes; an admin of it."""
    admin = catalog.caller("admin", tenant=tenant)
    await admin.creates("/v1/configuration-item-types", **ANY)
    for node in nodes:
        if node.startswith("service:"):
            key = node.removeprefix("service:")
            await admin.creates("/v1/services", key=key, name=f"The {key} service")
        else:
            await admin.creates("/v1/configuration-items", **item(node))
    return admin


async def needs(caller: Caller, dependent: str, dependency: str) -> Any:
    """The new edge."""
    return await caller.creates("/v1/dependencies", dependent=end(dependent), dependency=end(dependency))


async def tried(caller: Caller, dependent: str, dependency: str, **headers: str) -> tuple[int, Any]:
    """The status and the body of an attempt to add an edge."""
    body = {"dependent": end(dependent), "dependency": end(dependency)}
    answer = await caller.call("POST", "/v1/dependencies", body, **headers)
    return answer.status_code, answer.json()
