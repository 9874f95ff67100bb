"""Loads the company, part by part; each part looks first, so that a second run finds everything there."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from itsm_demo import company, design, stories
from itsm_demo.stack import Stack, together

DESK = "tomas.eldvik"


class Made(NamedTuple):
    """A part of the company: how many it has, and how many of them are new."""

    part: str
    total: int
    new: int


async def load(stack: Stack, console: Console) -> list[Made]:
    """All parts, in the order in which they need one another. Raises Refused."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        made: list[Made] = []

        async def each(part: str, do: Callable[[Any], Awaitable[bool]], items: Sequence[Any]) -> None:
            bar = progress.add_task(part, total=len(items))
            made.append(Made(part, len(items), await together(do, items, lambda: progress.advance(bar))))

        async def imported(part: str, path: str, lines: Sequence[dict[str, Any]]) -> None:
            bar = progress.add_task(part, total=len(lines))
            made.append(Made(part, len(lines), await stack.imported(design.BOSS, path, lines)))
            progress.update(bar, completed=len(lines))

        firm, services, things = (
            company.tables("company"),
            company.tables("services")["services"],
            company.items(),
        )
        people = [
            {name: text for name, text in row.items() if name != "role"} for row in company.rows("people")
        ]
        mail = [row | {"email": f"{row['key']}@halvorsund.example"} for row in people]
        await imported("business units", "/v1/business-units:import", firm["business_units"])
        await imported("people", "/v1/people:import", mail)
        await imported("groups", "/v1/groups:import", firm["groups"])
        for part, path, records in (
            ("calendars", "/v1/calendars", firm["calendars"]),
            ("service level policies", "/v1/sla-policies", firm["policies"]),
            ("types of items", "/v1/configuration-item-types", firm["item_types"]),
        ):
            await each(part, partial(design.named, stack, path), records)
        await each(
            "configuration items", partial(design.item, stack, await design.known_items(stack)), things
        )
        await each("services", partial(design.service, stack), services)
        needs = [("configuration_item", thing["key"], key) for thing in things for key in thing["depends_on"]]
        needs += [("service", each["key"], key) for each in services for key in each.get("depends_on", ())]
        await each("dependencies", partial(design.edge, stack, await design.known_edges(stack)), needs)
        offers = company.tables("offerings")["offerings"]
        await each("offerings", partial(design.named, stack, "/v1/offerings"), offers)
        await each("lives of services", partial(design.walked, stack), services)
        known = await stories.known_incidents(stack, DESK)
        await each(
            "incidents", partial(stories.incident, stack, known), company.tables("incidents")["incidents"]
        )
        ordered = await stories.known_requests(stack, DESK)
        await each(
            "requests", partial(stories.request, stack, ordered), company.tables("requests")["requests"]
        )
    return made
