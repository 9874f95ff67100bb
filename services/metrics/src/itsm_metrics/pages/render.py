"""Templates into responses."""

from pathlib import Path
from typing import Any

from itsm_chassis.auth.permissions import ADMIN
from itsm_chassis.store.context import Context
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from itsm_metrics.pages import words
from itsm_metrics.pages.assets import address
from itsm_metrics.pages.permissions import PERMISSIONS

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": CSP, "Referrer-Policy": "same-origin"}
"""Without a referrer a browser does not say from which origin a form comes, and we could not trust it."""
NAV = (
    ("/pages", "Overview", "show_overview"),
    ("/pages/figures", "Figures", "show_figures"),
    ("/pages/scorecard", "Scorecard", "show_scorecard"),
    ("/pages/flow/incident", "Flow", "show_flow"),
    ("/pages/improvements", "Improvements", "show_improvements"),
    ("/pages/pipeline", "Pipeline", "show_pipeline"),
)
"""Where it leads, and which operation that is."""

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.globals |= {"asset": address, "words": words}


def page(template: str, ctx: Context | None, status: int = 200, **shown: Any) -> Response:
    """A page; `ctx` says who is signed in. It may load what comes from its own origin, and nothing else."""
    roles = ctx.roles if ctx else frozenset()
    nav = [(where, name) for where, name, what in NAV if roles & (PERMISSIONS[what] | {ADMIN})]
    text = ENVIRONMENT.get_template(template).render(ctx=ctx, nav=nav, **shown)
    return HTMLResponse(text, status, HEADERS)
