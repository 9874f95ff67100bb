"""The figures, read from nothing but metrics' `GET /v1/kpis/{slug}` and `GET /v1/flow/incident`."""

from typing import Any, Final

from replay.stack import Stack

PERIOD: Final = {"from": "2010-01-01T00:00:00Z", "to": "2013-01-01T00:00:00Z"}


def read(stack: Stack) -> dict[str, int | float | None]:
    """Every figure that `expected.FIGURES` names."""

    def kpi(slug: str, **params: str) -> Any:
        return stack.json(f"{stack.metrics}/v1/kpis/{slug}", **PERIOD, **params)

    found: dict[str, int | float | None] = {}
    for slug in ("mttr", "mtrs"):
        figure = kpi(slug)
        found[f"{slug.upper()} mean (s)"] = figure["value"]
        for name in ("p50", "p90", "p95"):
            found[f"{slug.upper()} {name} (s)"] = (figure["quantiles"] or {}).get(name)
        if slug == "mttr":
            found["with a resolution"] = figure["n"]
            found["never resolved or closed"] = figure["excluded"]["never_resolved"]
    for group in kpi("mttr", group_by="priority")["groups"]:
        found[f"MTTR {group['key']} mean (s)"] = group["value"]
        found[f"MTTR {group['key']} n"] = group["n"]
    for slug, name in (("opened", "opened in"), ("resolved", "first resolved in")):
        for group in kpi(slug, group_by="month")["groups"]:
            found[f"{name} {group['key']}"] = group["value"]
    reopenings, rate = kpi("reopenings"), kpi("reopen_rate")
    found["reopened incidents"] = reopenings["n"]
    found["reopenings"] = reopenings["value"]
    found["reopened, by the reopen rate"] = rate["value"] and round(rate["value"] * rate["n"], 6)
    found["incidents"] = kpi("opened")["value"]
    found["time on hold, total (s)"] = kpi("time_on_hold")["value"]
    found["backlog at the end"] = kpi("backlog")["value"]
    return found


def flow(stack: Stack) -> dict[str, int | float | None]:
    """What `expected.FLOW` names, from `GET /v1/flow/incident`."""
    told = stack.json(f"{stack.metrics}/v1/flow/incident", **PERIOD, activity="source_state")
    return {"cases": told["cases"], "events": told["events"], "variants": told["variants"]["total"]}
