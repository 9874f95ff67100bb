"""What the pages stand on."""

from itsm_chassis.auth.sign_in import SignIn
from itsm_chassis.auth.vault import Vault
from itsm_chassis.http.site import Site
from itsm_chassis.run.settings import Settings

from itsm_metrics.pages import assets, figures, flow, improvements, overview, pipeline, scorecard
from itsm_metrics.pages.dress import dress
from itsm_metrics.pages.entrance import Entrance

ROUTERS = (
    overview.router,
    figures.router,
    improvements.router,
    flow.router,
    scorecard.router,
    pipeline.router,
)


def site(settings: Settings) -> Site:
    """Sessions, and the addresses that are everybody's."""
    vault = Vault(settings.session_key)
    sign_in = SignIn(
        issuer=settings.jwt_issuer,
        client=settings.pages_client,
        audience=settings.jwt_audience,
        jwks_url=settings.jwks_url,
    )
    entrance = Entrance(sign_in, vault, settings.pages_origin)
    return Site(vault, (*assets.ROUTES, *entrance.routes), dress)
