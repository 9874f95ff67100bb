"""`PYTHONPATH=tests python -m bench.impact`: how long it takes to see what a failure would reach.

10,000 items with 50,000 dependencies, loaded through the import, which is timed too. Then impact, up and
down, asked of the application in process. The limit reads the rows of the same nodes by their ids: what an
answer would cost if nobody had to walk. Asserts nothing but that the walk finds as many as it should.
"""

import argparse
import asyncio
import json
import logging
import random
import time
from statistics import median
from typing import Any, Final
from uuid import UUID

import structlog
from bench.desk import servers
from itsm_catalog.app import service
from rich.progress import track
from support.items import ANY, item
from support.services import Caller, running

ROUNDS: Final = 30
SECONDS: Final = 5.0
"""No more rounds after that."""
NEAR: Final = 500
"""An item needs items at most so many numbers on, so that a walk takes many steps."""
LIMIT: Final = """
SELECT id, key, name, status, ci_type, environment FROM configuration_item WHERE tenant = $1 AND id = ANY ($2)
"""
DEPTHS: Final = (1, 3, 5, 50)


def lines(items: int, edges: int) -> bytes:
    """Items, each of which needs some with a higher number."""
    chance = random.Random(1)
    each, made = edges // items, []
    for number in range(items):
        later = range(number + 1, min(items, number + 1 + NEAR))
        needed = chance.sample(later, min(each, len(later)))
        made.append(item(f"ci-{number}", depends_on=[f"ci-{other}" for other in needed]))
    return "".join(f"{json.dumps(line)}\n" for line in made).encode()


async def load(admin: Caller, body: bytes) -> float:
    """Seconds of an import in which every line is created, or unchanged where all are there."""
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "application/x-ndjson"}
    began = time.perf_counter()
    path = "/v1/configuration-items:import"
    answer = await admin.client.post(path, content=body, headers=headers, timeout=600)
    took = time.perf_counter() - began
    found = {json.loads(line)["status"] for line in answer.text.splitlines()}
    assert found in ({"created"}, {"unchanged"}), found
    return took


async def timed(ask: Any) -> float:
    """Milliseconds, the median of many."""
    rounds: list[float] = []
    deadline = time.perf_counter() + SECONDS
    while len(rounds) < ROUNDS and (not rounds or time.perf_counter() < deadline):
        began = time.perf_counter()
        await ask()
        rounds.append(time.perf_counter() - began)
    return median(rounds) * 1000


async def bench(items: int, edges: int) -> None:
    """Load, measure, print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers() as (postgres, issuer):
        async with running(service, postgres.url, issuer) as catalog:
            admin, body = catalog.caller("admin"), lines(items, edges)
            await admin.creates("/v1/configuration-item-types", **ANY)
            first, again = await load(admin, body), await load(admin, body)
            stored = await catalog.db.fetchval("SELECT count(*) FROM dependency")
            print(
                f"import of {items:,} items and {stored:,} dependencies: {first:.1f} s; again: {again:.1f} s"
            )
            await catalog.db.execute("ANALYZE")
            print(f"{'impact, ms':<28}{'nodes':>10}{'p50':>12}{'limit':>12}{'ratio':>10}")
            asked = [(way, depth) for way in ("upstream", "downstream") for depth in DEPTHS]
            for way, depth in track(asked, "impact", transient=True):
                start = items - 1 - items // 100 if way == "upstream" else items // 100
                path = f"/v1/configuration-items/ci-{start}/impact?direction={way}&depth={depth}&limit=10000"
                found = await admin.get(path)
                ids = [UUID(node["id"]) for node in found["nodes"]]
                assert ids
                assert not found["truncated"]
                walked = await timed(lambda path=path: admin.call("GET", path))
                limit = await timed(lambda ids=ids: catalog.db.fetch(LIMIT, "acme", ids))
                name = f"{way}, depth {depth}"
                print(f"{name:<28}{len(ids):>10,}{walked:>12.2f}{limit:>12.2f}{walked / limit:>10.2f}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Impact in a large graph.")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--edges", type=int, default=50_000)
    given = parser.parse_args()
    asyncio.run(bench(given.items, given.edges))


if __name__ == "__main__":
    main()
