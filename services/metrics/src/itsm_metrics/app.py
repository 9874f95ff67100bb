"""What the metrics service is made of."""

from contextlib import suppress
from functools import partial
from importlib.metadata import version

from itsm_chassis import clock
from itsm_chassis.errors import Refused
from itsm_chassis.run.service import Service, Timer
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

from itsm_metrics.api import (
    findings,
    flow,
    flow_drawing,
    flow_logs,
    improvements,
    kpis,
    rebuilds,
    records,
    revisions,
    scorecards,
    sources,
    success_factors,
    survey_imports,
    survey_page,
    survey_policies,
    surveys,
    targets,
    watch_policies,
)
from itsm_metrics.api.permissions import PERMISSIONS
from itsm_metrics.commands.answering import expire_due
from itsm_metrics.commands.findings import record
from itsm_metrics.commands.targets import evaluate
from itsm_metrics.consumers import SUBSCRIPTIONS
from itsm_metrics.pages.permissions import PERMISSIONS as PAGES
from itsm_metrics.pages.site import ROUTERS, site
from itsm_metrics.projections.rebuild import rebuild
from itsm_metrics.projections.rebuilding import EVERY_S, carry_out
from itsm_metrics.queries import watching
from itsm_metrics.queries.surveys import links
from itsm_metrics.queries.targets import ROUND, due, reading
from itsm_metrics.settings import MetricsSettings
from itsm_metrics.tables import metadata

EXPIRY_EVERY_S = 60.0
WATCH_EVERY_S = 300.0
WATCHER = "system:watch"
TARGETS_EVERY_S = 300.0
JUDGE = "system:targets"


async def expire_surveys(db: Database) -> None:
    """End the surveys that nobody answered in time."""
    await expire_due(db, clock.now())


async def watch(db: Database) -> None:
    """Scan the figures of each tenant whose time has come; of replicas that do so at once, one counts."""
    now = clock.now()
    for tenant, before in await watching.due(db, now):
        ctx = Context(tenant, WATCHER, frozenset({"service"}), now)
        with suppress(Refused):
            await record(db, ctx, await watching.look(db, tenant, now), before)


async def evaluate_targets(db: Database) -> None:
    """Evaluate the targets of each tenant whose time has come; of replicas that do so at once, one counts."""
    now = clock.now()
    for tenant in await due(db, now):
        ctx = Context(tenant, JUDGE, frozenset({"service"}), now)
        with suppress(Refused):
            await evaluate(db, ctx, partial(reading, db, tenant, now), now - ROUND)


service = Service(
    name="metrics",
    title="ITSM metrics",
    description="Continual service improvement: KPIs computed from everybody's events.",
    version=version("itsm-metrics"),
    package="itsm_metrics",
    metadata=metadata,
    routers=(
        kpis.router,
        records.router,
        revisions.router,
        flow.router,
        flow_drawing.router,
        flow_logs.router,
        sources.router,
        rebuilds.router,
        surveys.router,
        survey_imports.router,
        survey_page.router,
        survey_policies.router,
        improvements.router,
        findings.scans,
        findings.router,
        watch_policies.router,
        success_factors.router,
        targets.rounds,
        targets.router,
        scorecards.router,
        *ROUTERS,
    ),
    permissions=PERMISSIONS | PAGES,
    subscriptions=SUBSCRIPTIONS,
    commands={"rebuild": rebuild},
    timers=(
        Timer("survey-expiry", EXPIRY_EVERY_S, expire_surveys),
        Timer("rebuild", EVERY_S, carry_out),
        Timer("watch", WATCH_EVERY_S, watch),
        Timer("targets", TARGETS_EVERY_S, evaluate_targets),
    ),
    settings=MetricsSettings,
    links=links,
    site=site,
)
