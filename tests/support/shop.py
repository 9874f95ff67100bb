"""A company where something can be ordered: a live service, offerings of it, and groups that approve."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from support.services import Caller, Running

FORM: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "model": {"type": "string", "enum": ["13 inch", "15 inch"]},
        "memory_gb": {"type": "integer", "minimum": 16, "maximum": 64},
        "why": {"type": "string", "maxLength": 500},
    },
    "required": ["model"],
    "additionalProperties": False,
}
LAPTOP: Final[dict[str, Any]] = {
    "key": "laptop",
    "name": "Laptop",
    "service": "workplace",
    "price": 1299.9,
    "currency": "EUR",
    "delivery_time_s": 3 * 24 * 3600,
    "reopen_days": 5,
    "form": FORM,
}
BY_TWO_OF_THREE: Final = {"group": "board", "rule": "percentage", "percentage": 66.6}
TASKS: Final = [
    {"key": "buy", "name": "Buy it", "assignment_group": "buyers"},
    {"key": "image", "name": "Prepare the image", "assignment_group": "desk"},
    {"key": "hand", "name": "Hand it over", "assignment_group": "desk", "after": ["buy", "image"]},
]
LIVE: Final = """
UPDATE service SET status = 'live', card = replace(card, '"proposed"', '"live"') WHERE key = $1
"""


@dataclass(frozen=True)
class Shop:
    """The catalog in use. Rita orders; Anna, Ben and Cleo are the board; Dan works on the desk."""

    catalog: Running

    def who(self, name: str, role: str = "requester", tenant: str = "acme") -> Caller:
        """Somebody with a token."""
        return self.catalog.caller(role, name, tenant)

    @property
    def rita(self) -> Caller:
        """A requester."""
        return self.who("rita")

    @property
    def dan(self) -> Caller:
        """An agent."""
        return self.who("dan", "agent")

    @property
    def manager(self) -> Caller:
        """Who sets all of it up."""
        return self.who("maja", "manager")

    async def opened(self, tenant: str = "acme") -> "Shop":
        """With its live service and its groups."""
        manager = self.who("maja", "manager", tenant)
        await manager.creates("/v1/services", key="workplace", name="Workplace")
        await self.catalog.db.execute(LIVE, "workplace")
        groups = {"board": ["anna", "ben", "cleo"], "bosses": ["boss"], "desk": ["dan"], "buyers": ["bob"]}
        for key, members in groups.items():
            await manager.creates("/v1/groups", key=key, name=key.title(), members=members)
        return self

    async def offers(self, tenant: str = "acme", **fields: Any) -> Any:
        """An offering, the laptop unless told otherwise."""
        return await self.who("maja", "manager", tenant).creates("/v1/offerings", **LAPTOP | fields)

    async def again(self, version: int, **fields: Any) -> Any:
        """The next version of the laptop."""
        answer = await self.manager.call("POST", "/v1/offerings", LAPTOP | fields, If_Match=f'"{version}"')
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def orders(self, by: Caller | None = None, **fields: Any) -> Any:
        """A request for a laptop."""
        body = {"offering": "laptop", "answers": {"model": "15 inch"}} | fields
        return await (by or self.rita).creates("/v1/service-requests", **body)

    async def request(self, request: Any) -> Any:
        """The request as it is now."""
        return await self.dan.get(f"/v1/service-requests/{request['id']}")

    async def moves(self, request: Any, to: str, by: Caller | None = None, **fields: Any) -> httpx2.Response:
        """A transition, whatever comes of it."""
        path = f"/v1/service-requests/{request['id']}/transitions"
        return await (by or self.dan).call("POST", path, {"to": to} | fields, If_Match="*")

    async def moved(self, request: Any, to: str, by: Caller | None = None, **fields: Any) -> Any:
        """A transition that must succeed."""
        answer = await self.moves(request, to, by, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def approvals(self, request: Any) -> list[Any]:
        """The steps asked so far, in their order."""
        page = await self.dan.get(f"/v1/approvals?record={request['id']}&sort=asked_at")
        return list(page["items"])

    async def vote(self, request: Any, name: str, decision: str = "accept", **fields: Any) -> httpx2.Response:
        """A vote in the latest step, whatever comes of it."""
        step = (await self.approvals(request))[-1]
        return await self.votes(step, name, decision, **fields)

    async def votes(self, step: Any, name: str, decision: str = "accept", **fields: Any) -> httpx2.Response:
        """A vote in a step."""
        body = {"decision": decision} | fields
        return await self.who(name).call("POST", f"/v1/approvals/{step['id']}/votes", body)

    async def tasks(self, request: Any) -> dict[str, Any]:
        """The tasks of a request, by key."""
        page = await self.dan.get(f"/v1/fulfilment-tasks?request={request['id']}")
        return {task["key"]: task for task in page["items"]}

    async def does(self, request: Any, key: str, **fields: Any) -> httpx2.Response:
        """A task completed, whatever comes of it."""
        task = (await self.tasks(request))[key]
        return await self.dan.call("POST", f"/v1/fulfilment-tasks/{task['id']}/complete", fields)

    async def timeline(self, request: Any, by: Caller | None = None) -> list[str]:
        """What happened, such as service_request.submitted."""
        path = f"/v1/service-requests/{request['id']}/timeline?limit=200"
        page = await (by or self.dan).get(path)
        return [item["type"].removeprefix("itsm.").removesuffix(".v1") for item in page["items"]]


def pointers(answer: httpx2.Response, status: int = 422) -> set[tuple[str, str]]:
    """The findings of a problem, as (pointer, code)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}


def code(answer: httpx2.Response, status: int) -> str:
    """The code of a problem with this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["code"])


def counts(rows: Sequence[Any]) -> dict[str, int]:
    """Rows of (name, count) as a dictionary."""
    return {row[0]: row[1] for row in rows}


def data(message: Any) -> Any:
    """The data of a message from the bus."""
    return json.loads(message.body)["data"]
