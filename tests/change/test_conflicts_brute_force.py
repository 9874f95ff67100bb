"""Stored conflicts after any sequence of edits are those that brute force finds."""

import random
from typing import Any, Final
from uuid import UUID

import pytest
from support.brute_force import BASE, HOUR, World
from support.changes import NEW, hear, moved
from support.schedule import catch_up, conflicts, edge, nobody_asked
from support.services import Caller, Running

NAMES: Final = ("s-a", "s-b", "i-1", "i-2", "i-3", "i-4")


def body(record: dict[str, Any]) -> dict[str, Any]:
    """Nodes and time of a record as the API takes them."""
    times = [(BASE + record[name] * HOUR / 4).isoformat() for name in ("start", "end")]
    shown: dict[str, Any] = {"configuration_items": [n for n in record["nodes"] if n[0] == "i"]}
    if "rule" in record:
        shown |= {"starts_at": times[0], "ends_at": times[1], "recurrence": record["rule"]}
        return shown | {"services": [n for n in record["nodes"] if n[0] == "s"]}
    shown |= {"planned_start": times[0], "planned_end": times[1], "assignee": record["assignee"]}
    return shown | {"affected_services": [n for n in record["nodes"] if n[0] == "s"]}


def drawn(chance: random.Random, *, window: bool) -> dict[str, Any]:
    """A record at some time of the first week."""
    start = chance.randrange(0, 96)
    record: dict[str, Any] = {"start": start, "end": start + chance.randrange(1, 24), "status": "active"}
    record["nodes"] = chance.sample(NAMES, chance.randrange(0 if window else 1, 3))
    if window:
        return record | {"rule": chance.choice(["FREQ=DAILY", "FREQ=WEEKLY"]), "exempt": []}
    return record | {"status": "new", "assignee": chance.choice([None, "anna", "carl"])}


async def step(change: Running, world: World, chance: random.Random, agent: Caller) -> None:
    """One edit of something."""
    what = chance.choice(["change", "change", "move", "edge", "window", "freeze", "status"])
    open_changes = [n for n, each in world.changes.items() if each["status"] != "cancelled"]
    if what == "edge":
        one, other = chance.sample(NAMES, 2)
        if other[0] == "i" or one[0] == "s":
            pair = (one, other)
            world.edges[pair] = world.edges.get(pair, 0) + 1
            await hear(change, edge(*pair, sequence=world.edges[pair]))
    elif what in ("window", "freeze"):
        await step_window(world, chance, agent, what)
    elif what == "change" or not open_changes:
        record = drawn(chance, window=False)
        fields = NEW | {"change_type": "normal"} | body(record)
        made = await agent.creates("/v1/changes", **fields)
        world.changes[made["number"]] = record | {"id": made["id"]}
    elif what == "move":
        number = chance.choice(open_changes)
        world.changes[number] |= drawn(chance, window=False) | {"status": world.changes[number]["status"]}
        patch = body(world.changes[number])
        answer = await agent.call("PATCH", f"/v1/changes/{number}", patch, If_Match="*")
        assert answer.status_code == 200, answer.text
        world.changes[number]["status"] = answer.json()["status"]
    else:
        number = chance.choice(open_changes)
        status = chance.choice(["scheduled", "scheduled", "cancelled"])
        await put(change, world.changes[number]["id"], status)
        world.changes[number]["status"] = status


async def step_window(world: World, chance: random.Random, agent: Caller, what: str) -> None:
    """One edit of a window or freeze."""
    kept, path = (
        (world.windows, "/v1/maintenance-windows") if what == "window" else (world.freezes, "/v1/freezes")
    )
    live = [key for key, each in kept.items() if each["status"] == "active"]
    if len(live) > 1 and chance.random() < 0.3:
        key = chance.choice(live)
        kept[key]["status"] = "cancelled"
        assert (await agent.call("POST", f"{path}/{key}/cancel", None, If_Match="*")).is_success
    elif live and chance.random() < 0.5:
        key = chance.choice(live)
        kept[key] |= drawn(chance, window=True)
        patch = body(kept[key])
        if what == "freeze" and world.changes:
            kept[key]["exempt"] = patch["exempt"] = [chance.choice(list(world.changes))]
        assert (await agent.call("PATCH", f"{path}/{key}", patch, If_Match="*")).is_success
    else:
        key = f"{what}-{len(kept)}"
        kept[key] = drawn(chance, window=True)
        await agent.creates(path, key=key, name=key, **body(kept[key]))


async def put(change: Running, identity: str, status: str) -> None:
    """A change in a state, whatever stands before it: what is looked at is what follows."""
    agent = change.caller("admin")
    shown = await agent.get(f"/v1/changes/{identity}")
    if status == "cancelled":
        await moved(agent, shown, "cancelled")
        return
    statement = """
        UPDATE change SET status = $2, card = jsonb_set(card::jsonb, '{status}', to_jsonb($2::text))::text
        WHERE id = $1
    """
    await change.db.execute(statement, UUID(identity), status)
    await change.db.execute(
        "UPDATE assessment SET due_at = 'epoch', marks = marks + 1 WHERE id = $1", UUID(identity)
    )


@pytest.mark.parametrize("seed", range(3))
async def test_stored_conflicts_equal_brute_force_after_random_edits(change: Running, seed: int) -> None:
    chance = random.Random(seed)
    world, agent = World(), change.caller("admin")
    await nobody_asked(change)
    for number in range(48):
        await step(change, world, chance, agent)
        if number % 12 == 11:
            await catch_up(change)
            rows = await change.db.fetch(
                "SELECT c.number, x.kind, x.card::json -> 'other' ->> 'reference' AS other "
                "FROM conflict x JOIN change c ON c.id = x.change_id WHERE x.present"
            )
            assert {tuple(row) for row in rows} == world.found(), number
            flagged = await change.db.fetch("SELECT number FROM change WHERE has_conflicts")
            assert {row["number"] for row in flagged} == {each[0] for each in world.found()}
    live = {(n, *c) for n in world.changes for c in await conflicts(agent, {"number": n})}
    assert live == world.found()
    assert len(live) > 3, "a sequence without conflicts shows nothing"
