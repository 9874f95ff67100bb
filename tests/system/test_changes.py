"""A change that breaks something is suspected, judged, and counted; and the history of changes replays."""

import csv
import gzip
import os
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from replay import changes, openstack
from replay.recount import counted
from support.eventually import until
from support.stack import Stack, ask

TENANT = "causes"
EVERY = 100
"""One of so many rows is in the sample, besides those that were undone or ran backwards."""
LOG = Path(os.environ.get("DATA") or Path(__file__).parents[3] / "shared" / "data") / changes.LOG
WINDOW = {"planned_start": "2040-01-05T20:00:00Z", "planned_end": "2040-01-05T22:00:00Z"}
ITEM = {"name": "Disk", "ci_type": "disk", "environment": "production", "status": "in_use"}
TYPE = {"key": "disk", "name": "Disk", "attributes_schema": {"type": "object"}}
POLICY = {"key": "all", "name": "Nobody is asked", "steps": []}


async def creates(client: httpx2.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_change_on_what_a_service_needs_is_suspected_and_counts_once_it_is_confirmed(
    live: Stack,
) -> None:
    async with (
        live.client("catalog", "admin", TENANT) as catalog,
        live.client("change", "admin", TENANT) as change,
        live.client("incident", "admin", TENANT) as desk,
        live.client("metrics", "admin", TENANT) as metrics,
    ):
        await creates(catalog, "/v1/services", key="shop", name="Shop")
        await creates(catalog, "/v1/configuration-item-types", **TYPE)
        await creates(catalog, "/v1/configuration-items", key="disk-1", **ITEM)
        ends = {"dependent": ("service", "shop"), "dependency": ("configuration_item", "disk-1")}
        named = {end: {"kind": kind, "key": key} for end, (kind, key) in ends.items()}
        await creates(catalog, "/v1/dependencies", **named)
        await creates(catalog, "/v1/configuration-items", key="disk-2", **ITEM)
        await creates(change, "/v1/approval-policies", **POLICY)
        items = {"configuration_items": ["disk-1", "disk-2"]}
        made = await creates(change, "/v1/changes", title="Disks", change_type="normal", **items, **WINDOW)
        place = f"/v1/changes/{made['number']}"

        async def known() -> bool:
            return bool((await ask(change, place))["unknown"] == [])

        await until(known)  # disk-2 was told of after the dependency, so that is known, too
        for to in ("assess", "authorize", "scheduled", "implement", "review"):
            move = await change.post(f"{place}/transitions", json={"to": to}, headers={"If-Match": "*"})
            assert move.status_code == 200, move.text
        trouble = {"title": "No orders", "impact": "high", "urgency": "high", "service": "shop"}
        opened = time.monotonic()
        incident = (await creates(desk, "/v1/incidents", **trouble))["number"]

        async def suspected() -> Any:
            return (await ask(desk, f"/v1/incidents/{incident}/suspects"))["items"]

        [suspect] = await until(suspected)
        print(f"the incident shows its suspect {time.monotonic() - opened:.2f} s after it was opened")
        assert (suspect["change_number"], suspect["state"]) == (made["number"], "suspected")

        async def rate(low: float, high: float) -> bool:
            figure = await ask(metrics, "/v1/kpis/change_failure_rate")
            return bool(figure and figure["value"] == low and figure["interval"] == [low, high])

        await until(lambda: rate(0, 1))
        judged = await change.post(
            f"{place}/caused-incidents/{incident}",
            json={"verdict": "confirmed", "note": "The disk was full."},
        )
        assert judged.status_code == 200, judged.text
        await until(lambda: rate(1, 1))

        async def confirmed() -> bool:
            return [each["state"] for each in await suspected()] == ["confirmed"]

        await until(confirmed)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file of real changes: each that was undone in a year, the one that ran backwards, and some others."""
    rows = list(openstack.rows(LOG))
    chosen = [
        row
        for n, row in enumerate(rows)
        if n % EVERY == 0
        or row["reverted_at"].startswith("2016")
        or row["implemented_at"] < row["proposed_at"]
    ]
    path = tmp_path / changes.LOG
    with gzip.open(path, "wt", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(chosen)
    return path


@pytest.mark.skipif(not LOG.is_file(), reason=f"THE REPLAY OF CHANGES IS NOT TESTED: there is no {LOG}")
def test_a_sample_of_real_changes_replays_to_exact_figures_and_again_to_the_same(
    live: Stack, sample: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = counted(openstack.rows(sample))
    assert (expected["reverts"] > 0, expected["negative lead times"]) == (True, 1)
    for name, value in (("ITSM_RUN_FOLDER", str(live.folder)), ("ITSM_PORT_BASE", str(live.base))):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(changes, "EXPECTED", expected)
    status, shown = changes.main([str(sample)]), capsys.readouterr().out
    assert status == 0, shown
    assert f"{expected['changes']} created" in shown
    assert changes.main([str(sample)]) == 0
    assert f"{expected['changes']} unchanged" in capsys.readouterr().out
    monkeypatch.setattr(changes, "EXPECTED", expected | {"reverted changes: failed": 0})
    assert changes.main([str(sample)]) == 1
    assert "1 figures differ" in capsys.readouterr().out
