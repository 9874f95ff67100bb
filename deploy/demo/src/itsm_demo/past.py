"""Loads the year, and registers what was tried to make it better; a second run finds everything there."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rich.console import Console

from itsm_demo import year as past
from itsm_demo.design import BOSS
from itsm_demo.farewell import look
from itsm_demo.stack import Refused, Stack

WITHIN_S: Final = 300.0
LOOK_S: Final = 0.5
DEEDS: Final[tuple[dict[str, Any], ...]] = (
    {"title": "A guided check for mail that does not arrive", "filters": {"service": past.WORKED}},
    {"title": "A second gateway for remote access", "filters": {"service": "remote-access"}},
)
"""The first worked; the second changed nothing that the incidents show."""
PATH: Final = ("accepted", "assessed", "approved", "in_progress", "in_review", "closed")
LOOK: Final = """\
    curl -s '{metrics}/v1/kpis/mttr?from={since}&to={until}&group_by=month&service=mail' -H "$BOSS"
    curl -s '{metrics}/v1/kpis/change_failure_rate?from={since}&to={until}&group_by=service' -H "$BOSS"
    curl -s '{metrics}/v1/improvements' -H "$BOSS"
"""


async def load(stack: Stack, console: Console) -> None:
    """All of it. Raises Refused."""
    made = past.year(datetime.fromtimestamp(time.time(), UTC))
    for service, path, lines in past.told(made):
        new = await stack.imported("service", path, lines, service=service)
        console.print(f"{path}: {len(lines)} lines, {new} new")
    since, until = past.said(made.start), past.said(made.start + timedelta(days=past.DAYS))
    await heard(stack, f"/v1/kpis/opened?from={since}&to={until}", len(made.incidents))
    known = {each["title"] for each in await stack.all(BOSS, "metrics", "/v1/improvements")}
    for deed in DEEDS:
        if deed["title"] not in known:
            verdict = await improved(stack, made.start + timedelta(days=past.MIDDLE), deed)
            console.print(f"{deed['title']}: {verdict}")
    look(stack, console, LOOK, since=since, until=until)


async def heard(stack: Stack, path: str, count: int) -> None:
    """Return once the figures know of so many incidents."""
    ends = time.monotonic() + WITHIN_S
    while (await stack.ask(BOSS, "GET", "metrics", path))["n"] < count:
        if time.monotonic() > ends:
            raise Refused(
                f"metrics has not heard of {count} incidents within {WITHIN_S:.0f} s: see make logs."
            )
        await asyncio.sleep(LOOK_S)


async def improved(stack: Stack, middle: datetime, deed: Mapping[str, Any]) -> str:
    """An improvement, from its idea to the verdict on it."""
    body = dict(deed) | {"kpi": "mttr", "benefit": "high", "effort": "low", "owner": BOSS}
    made = await stack.ask(BOSS, "POST", "metrics", "/v1/improvements", body)
    path = f"/v1/improvements/{made['id']}"
    for to in PATH:
        move = {"to": to}
        if to in ("in_progress", "in_review"):
            move["started_at" if to == "in_progress" else "implemented_at"] = past.said(middle)
        made = await stack.ask(BOSS, "POST", "metrics", f"{path}/transitions", move)
    return str(made["effect"]["verdict"])
