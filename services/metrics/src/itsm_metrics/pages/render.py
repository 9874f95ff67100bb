"""Templates into responses."""

from pathlib import Path
from typing import Any

from itsm_chassis.store.context import Context
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from itsm_metrics.pages import words
from itsm_metrics.pages.assets import address

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NAV = (("/pages", "Overview"), ("/pages/figures", "Figures"), ("/pages/pipeline", "Pipeline"))

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.globals |= {"asset": address, "words": words, "nav": NAV}


def page(template: str, ctx: Context | None, status: int = 200, **shown: Any) -> Response:
    """A page; `ctx` says who is signed in. It may load what comes from its own origin, and nothing else."""
    text = ENVIRONMENT.get_template(template).render(ctx=ctx, **shown)
    return HTMLResponse(text, status, {"Content-Security-Policy": CSP})
