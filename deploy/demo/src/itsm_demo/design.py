"""What the company is made of: its people, agreements, configuration items, services and offerings."""

from collections.abc import Mapping
from typing import Any, Final

from itsm_demo.stack import Stack

BOSS: Final = "maren.osterby"
KEEPER: Final = "nadia.benkhalil"
PATH: Final = ("proposed", "under_evaluation", "chartered", "in_design", "live", "retiring", "retired")


async def named(stack: Stack, path: str, record: Mapping[str, Any]) -> bool:
    """Something with a key, unless it is there; whether it is new."""
    if await stack.ask(BOSS, "GET", "catalog", f"{path}/{record['key']}", unless=[404]):
        return False
    await stack.ask(BOSS, "POST", "catalog", path, record)
    return True


async def item(stack: Stack, known: set[str], record: Mapping[str, Any]) -> bool:
    """A configuration item."""
    if record["key"] in known:
        return False
    body = {name: value for name, value in record.items() if name != "depends_on"}
    await stack.ask(KEEPER, "POST", "catalog", "/v1/configuration-items", body)
    return True


async def known_items(stack: Stack) -> set[str]:
    """The keys of those that are there."""
    return {each["key"] for each in await stack.all(KEEPER, "catalog", "/v1/configuration-items")}


Edge = tuple[str, str, str]
"""The kind and key of what needs an item, and the item's key."""


async def known_edges(stack: Stack) -> set[Edge]:
    """Those that are there."""
    found = await stack.all(KEEPER, "catalog", "/v1/dependencies")
    return {(e["dependent"]["kind"], e["dependent"]["key"], e["dependency"]["key"]) for e in found}


async def edge(stack: Stack, known: set[Edge], wanted: Edge) -> bool:
    """That a service or an item needs an item."""
    if wanted in known:
        return False
    kind, dependent, dependency = wanted
    body = {
        "dependent": {"kind": kind, "key": dependent},
        "dependency": {"kind": "configuration_item", "key": dependency},
    }
    await stack.ask(KEEPER, "POST", "catalog", "/v1/dependencies", body)
    return True


async def service(stack: Stack, record: Mapping[str, Any]) -> bool:
    """A service, as a proposal."""
    body = {name: value for name, value in record.items() if name not in ("status", "depends_on")}
    return await named(stack, "/v1/services", body)


async def walked(stack: Stack, record: Mapping[str, Any]) -> bool:
    """The service in the state where it is to stand, step by step; whether it had to move."""
    path = f"/v1/services/{record['key']}"
    now, goal = (await stack.ask(BOSS, "GET", "catalog", path))["status"], record["status"]
    steps = [goal] if goal == "cancelled" else PATH[PATH.index(now) + 1 : PATH.index(goal) + 1]
    if now == goal or now not in PATH:
        return False
    for step in steps:
        await stack.ask(BOSS, "POST", "catalog", f"{path}/transitions", {"to": step})
    return bool(steps)
