"""`PYTHONPATH=tests python -m bench.requests`: ordering, beside opening an incident in the same run.

Both services run in this process on one durable PostgreSQL; so many clients create as fast as they are
answered. Every line is the median of some rounds, each with a round of the limit (opening incidents) just
before it. Asserts nothing but that each answer is 201.
"""

import argparse
import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Final

import structlog
from bench.desk import servers
from itsm_catalog.app import service as catalog
from itsm_incident.app import service as incident
from support.services import Caller, running
from support.shop import BY_TWO_OF_THREE, TASKS, Shop

WARM: Final = 100
ITEM: Final = {"answers": {"model": "15 inch", "memory_gb": 32, "why": "The old one is slow."}}
INCIDENT: Final = {"title": "Mail is slow", "impact": "high", "urgency": "medium", "service": "mail"}


@dataclass(frozen=True)
class Round:
    """What so many clients got in a while."""

    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Job:
    """What is created, and by whom; `counts` is how many requests one answer stands for."""

    name: str
    caller: Caller
    path: str
    body: dict[str, Any]
    counts: int = 1

    async def once(self) -> float:
        """Seconds of one creation."""
        began = time.perf_counter()
        answer = await self.caller.call("POST", self.path, self.body)
        took = time.perf_counter() - began
        assert answer.status_code == 201, answer.text
        return took

    async def round(self, clients: int, seconds: float) -> Round:
        """So many clients for a while."""
        took: list[float] = []
        began = time.perf_counter()

        async def client() -> None:
            while time.perf_counter() - began < seconds:
                took.append(await self.once())

        await asyncio.gather(*(client() for _ in range(clients)))
        cuts = quantiles(took, n=100)
        done = len(took) * self.counts / (time.perf_counter() - began)
        return Round(done, cuts[49] * 1000, cuts[98] * 1000)


def shown(name: str, rounds: Sequence[Round], limits: Sequence[Round]) -> str:
    """A line of the table."""
    rate, p50, p99 = (
        median(getattr(each, field) for each in rounds) for field in ("per_s", "p50_ms", "p99_ms")
    )
    share = median(each.per_s / limit.per_s for each, limit in zip(rounds, limits, strict=True))
    return f"{name:<44}{rate:>10.0f}{p50:>10.1f}{p99:>10.1f}{share:>12.2f}"


async def bench(limit: Job, jobs: Sequence[Job], clients: int, seconds: float, rounds: int) -> None:
    """Measure and print."""
    for job in (limit, *jobs):
        await asyncio.gather(*(job.once() for _ in range(WARM)))
    print(f"{f'{clients} clients':<44}{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}{'of limit':>12}")
    lines, every = [], []
    for job in jobs:
        limits, found = [], []
        for _ in range(rounds):
            limits.append(await limit.round(clients, seconds))
            found.append(await job.round(clients, seconds))
        every += limits
        lines.append(shown(job.name, found, limits))
    print(shown(f"limit: {limit.name}", every, every), *lines, sep="\n")


async def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Ordering beside opening an incident.")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    async with AsyncExitStack() as stack:
        postgres, issuer = stack.enter_context(servers())
        desk = await stack.enter_async_context(running(incident, postgres.url, issuer))
        shop = await Shop(await stack.enter_async_context(running(catalog, postgres.url, issuer))).opened()
        await shop.offers()
        await shop.offers(key="approved", approval=[BY_TWO_OF_THREE])
        await shop.offers(key="tasks", tasks=TASKS)
        one, path = {"offering": "laptop"} | ITEM, "/v1/service-requests"
        jobs = [
            Job("a request", shop.rita, path, one),
            Job("with an approval step", shop.rita, path, one | {"offering": "approved"}),
            Job("with three tasks", shop.rita, path, one | {"offering": "tasks"}),
            Job("in a cart of ten, each", shop.rita, "/v1/orders", {"items": [one] * 10}, 10),
        ]
        limit = Job("an incident", desk.caller("agent"), "/v1/incidents", INCIDENT)
        await bench(limit, jobs, given.clients, given.seconds, given.rounds)


if __name__ == "__main__":
    asyncio.run(main())
