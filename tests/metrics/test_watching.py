"""What the watch sees in figures, and what becomes of a finding from scan to scan: rules alone."""

from datetime import UTC, datetime, timedelta

import pytest
from itsm_chassis.errors import Refused
from itsm_metrics.rules.finding import Finding, What, dismissed, followed, proposed
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.watch_policy import WatchPolicy
from itsm_metrics.rules.watching import WANTED, Reading, Readings, Sighting, sightings, wilson

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
POLICY = WatchPolicy()
MONTH = timedelta(days=30)


def read(value: float, n: int = 100, p90: float | None = None) -> Reading:
    return Reading(n, value, p90, NOW - MONTH, NOW, "/v1/kpis/some/records?service=mail")


def seen(readings: Readings, policy: WatchPolicy = POLICY) -> list[tuple[str, str]]:
    return [(each.kind, each.key) for each in sightings(policy, readings)]


@pytest.mark.parametrize(
    ("slug", "bad", "good"),
    [("csat", 0.5, 0.9), ("reopen_rate", 0.3, 0.05), ("recurrence", 0.6, 0.1)],
)
def test_agreements_are_met_while_something_else_is_red(slug: str, bad: float, good: float) -> None:
    green = {"mail": read(0.99), "web": read(0.99)}
    kind = f"watermelon_{slug}"
    assert seen({"sla_compliance": green, slug: {"mail": read(bad), "web": read(good)}}) == [(kind, "mail")]
    assert seen({"sla_compliance": {"mail": read(0.9)}, slug: {"mail": read(bad)}}) == [], "red outside, too"
    assert seen({slug: {"mail": read(bad)}}) == [], "nothing was agreed"


def test_the_evidence_is_both_figures_with_n_threshold_and_records() -> None:
    readings = {"sla_compliance": {"mail": read(0.99, 80)}, "csat": {"mail": read(0.5, 40)}}
    [found] = sightings(POLICY, readings)
    assert [(each.kpi, each.value, each.n, each.threshold) for each in found.evidence] == [
        ("sla_compliance", 0.99, 80, 0.95),
        ("csat", 0.5, 40, 0.75),
    ]
    assert found.gap == 0.25
    assert all(each.records.startswith("/v1/kpis/") for each in found.evidence)


def test_old_backlog_is_seen_by_its_p90_and_bouncing_work_by_the_group() -> None:
    old, young = read(9e5, p90=40 * 86_400.0), read(9e5, p90=20 * 86_400.0)
    assert seen({"backlog_age": {"mail": old, "web": young}}) == [("ageing_backlog", "mail")]
    [bouncing] = sightings(POLICY, {"ping_pong": {"desk": read(0.8), "net": read(0.2)}})
    assert (bouncing.kind, bouncing.dimension, bouncing.key) == ("bouncing_work", "assignment_group", "desk")


@pytest.mark.parametrize("slug", WANTED)
def test_every_figure_that_is_watched_is_in_the_catalogue(slug: str) -> None:
    assert WANTED[slug] in KPIS[slug].dimensions


def test_few_records_and_a_red_that_may_be_chance_are_no_finding() -> None:
    green = {"mail": read(0.99)}
    assert seen({"sla_compliance": green, "reopen_rate": {"mail": read(0.5, n=19)}}) == []
    assert seen({"sla_compliance": green, "reopen_rate": {"mail": read(0.15, n=20)}}) == [], "three of twenty"
    assert seen({"sla_compliance": green, "reopen_rate": {"mail": read(0.15, n=2000)}}) != []
    assert seen({"sla_compliance": {"mail": read(1.0, n=3)}, "reopen_rate": {"mail": read(0.5)}}) == []


def test_thresholds_are_data() -> None:
    readings = {"sla_compliance": {"mail": read(0.92)}, "reopen_rate": {"mail": read(0.3)}}
    assert seen(readings) == []
    assert seen(readings, WatchPolicy(sla_green=0.9)) == [("watermelon_reopen_rate", "mail")]
    assert seen(readings, WatchPolicy(sla_green=0.9, reopen_red=0.4)) == []


@pytest.mark.parametrize(
    ("share", "n", "low", "high"), [(0.15, 20, 0.052, 0.360), (0.0, 10, 0.0, 0.278), (1.0, 10, 0.722, 1.0)]
)
def test_wilsons_interval_is_that_of_the_books(share: float, n: int, low: float, high: float) -> None:
    assert wilson(share, n) == pytest.approx((low, high), abs=0.001)


def sight(gap: float = 0.2, key: str = "mail") -> Sighting:
    readings = {"sla_compliance": {key: read(0.99)}, "reopen_rate": {key: read(0.1 + gap)}}
    return sightings(POLICY, readings)[0]


def scan(known: list[Finding], *sights: Sighting, days: float = 0) -> list[tuple[What, Finding]]:
    return followed("acme", POLICY, known, sights, NOW + timedelta(days=days))


def test_the_same_is_raised_once_then_counted_then_cleared_then_seen_again() -> None:
    [(what, first)] = scan([], sight())
    assert (what, first.sightings, first.version) == ("raised", 1, 1)
    [(what, second)] = scan([first], sight(0.3), days=1)
    assert (what, second.sightings, second.id) == ("seen", 2, first.id)
    assert second.gap == pytest.approx(0.3)
    assert (second.first_seen_at, second.last_seen_at) == (NOW, NOW + timedelta(days=1))
    [(what, gone)] = scan([second], days=2)
    assert (what, gone.present, gone.sightings) == ("cleared", False, 2)
    assert scan([gone], days=3) == [], "that it is gone is said once"
    [(what, back)] = scan([gone], sight(), days=4)
    assert (what, back.present, back.sightings, back.version) == ("seen", True, 3, 4)


def test_a_dismissed_one_is_quiet_for_its_time_or_until_it_is_clearly_worse() -> None:
    [(_, first)] = scan([], sight(0.2))
    quiet = dismissed(POLICY, first, "Known", None, "mara", NOW)
    assert quiet.quiet_until == NOW + MONTH
    assert scan([quiet], sight(0.3), days=29) == []
    [(what, worse)] = scan([quiet], sight(0.41), days=1)
    assert (what, worse.status, worse.sightings) == ("raised", "open", 2)
    [(what, later)] = scan([quiet], sight(0.2), days=30)
    assert (what, later.status) == ("raised", "open")
    assert dismissed(POLICY, first, "Known", 3, "mara", NOW).quiet_until == NOW + timedelta(days=3)


def test_only_an_open_one_is_dismissed() -> None:
    [(_, first)] = scan([], sight())
    with pytest.raises(Refused):
        dismissed(POLICY, proposed(first, first.id), "No", None, "mara", NOW)
    with pytest.raises(Refused):
        dismissed(POLICY, dismissed(POLICY, first, "No", None, "mara", NOW), "No", None, "mara", NOW)


def test_each_tenant_and_each_service_has_its_own() -> None:
    here, there = scan([], sight(), sight(key="web"))
    [(_, elsewhere)] = followed("other", POLICY, [], [sight()], NOW)
    assert len({here[1].id, there[1].id, elsewhere.id}) == 3
