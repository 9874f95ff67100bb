"""The running stack as its users see it: addresses, and a token for each person."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from json import dumps, loads
from types import TracebackType
from typing import Any, Final, TypeVar

import httpx2
from itsm_local.clone import Clone, service_ports
from itsm_local.stack import issuer_of

AT_ONCE: Final = 8
ANY: Final = {"If-Match": "*"}
LINES: Final = {"Content-Type": "application/x-ndjson"}
Item = TypeVar("Item")


class Refused(Exception):
    """A service does not answer, or says no; the message says what to do."""


class Stack:
    """Asks the services in the name of somebody of one tenant; `roles` are the company's, by person."""

    def __init__(self, tenant: str, roles: Mapping[str, str]) -> None:
        self.tenant = tenant
        self.ports = service_ports()
        self._roles = roles
        self._issuer = issuer_of(Clone.here())
        self._tokens: dict[str, str] = {}
        self._http = httpx2.AsyncClient(timeout=60.0, trust_env=False)

    async def __aenter__(self) -> "Stack":
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    def token(self, who: str) -> str:
        """Of a person of the company; of one that is not, in the role of that name."""
        if who not in self._tokens:
            role = self._roles.get(who, who)
            self._tokens[who] = self._issuer.token(self.tenant, [role], who, int(time.time()))
        return self._tokens[who]

    async def ask(
        self, who: str, method: str, service: str, path: str, body: Any = None, *, unless: Sequence[int] = ()
    ) -> Any:
        """What the service answers, None for a status among `unless`. Raises Refused for another refusal.

        Every change is of whatever version the record is in.
        """
        headers = ANY if method == "POST" and path.endswith("/transitions") else {}
        answer = await self._send(
            who, method, service, path, headers, b"" if body is None else dumps(body).encode()
        )
        if answer.status_code in unless:
            return None
        if not answer.is_success:
            raise Refused(f"{who}: {method} {path} is refused with {answer.status_code}: {answer.text[:600]}")
        return answer.json()

    async def imported(
        self, who: str, path: str, lines: Sequence[Mapping[str, Any]], *, service: str = "catalog"
    ) -> int:
        """Import lines into a service; how many were new or changed."""
        text = "".join(dumps(line) + "\n" for line in lines)
        answer = await self._send(who, "POST", service, path, LINES, text.encode())
        results = [loads(line) for line in answer.text.splitlines()] if answer.is_success else []
        wrong = [each for each in results if each["status"] not in ("created", "updated", "unchanged")]
        if not answer.is_success or wrong or len(results) != len(lines):
            raise Refused(f"{path} is refused with {answer.status_code}: {wrong[:1] or answer.text[:600]}")
        return sum(each["status"] != "unchanged" for each in results)

    async def all(self, who: str, service: str, path: str) -> list[Any]:
        """Every item of a list."""
        found: list[Any] = []
        mark = "&" if "?" in path else "?"
        further = ""
        while True:
            page = await self.ask(who, "GET", service, f"{path}{mark}limit=200{further}")
            found += page["items"]
            if page["next"] is None:
                return found
            further = f"&cursor={page['next']}"

    async def _send(
        self, who: str, method: str, service: str, path: str, headers: Mapping[str, str], content: bytes
    ) -> httpx2.Response:
        url = f"http://127.0.0.1:{self.ports[service]}{path}"
        held = {"Authorization": f"Bearer {self.token(who)}", "Content-Type": "application/json", **headers}
        try:
            return await self._http.request(method, url, headers=held, content=content)
        except httpx2.TransportError as error:
            fault = type(error).__name__
            raise Refused(f"{service} does not answer at {url} ({fault}): start it with make up.") from error


async def together(
    do: Callable[[Item], Awaitable[bool]], items: Sequence[Item], tick: Callable[[], None]
) -> int:
    """Do something with every item, some at once; how many were new. The first failure ends it."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> bool:
        async with gate:
            done = await do(item)
        tick()
        return done

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in items]
    return sum(task.result() for task in tasks)
