"""Signing in and out; these addresses are everybody's."""

from typing import Final
from urllib.parse import urlsplit

from itsm_chassis import clock
from itsm_chassis.auth.principal import Unauthenticated
from itsm_chassis.auth.sign_in import Attempt, SignIn
from itsm_chassis.auth.vault import SESSION, Vault
from itsm_chassis.errors import Forbidden
from itsm_chassis.http.site import same_origin
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from itsm_metrics.pages.render import page

ATTEMPT: Final = "itsm_sign_in"
ATTEMPT_S: Final = 600
BACK: Final = "/pages/sign-in/done"
SESSION_S: Final = 12 * 3600


class Entrance:
    """Leads people to the issuer and remembers who came back."""

    def __init__(self, sign_in: SignIn, vault: Vault, origin: str) -> None:
        """`origin` is where browsers reach the pages."""
        self._sign_in = sign_in
        self._vault = vault
        self._origin = origin
        self._is_secure = origin.startswith("https:")

    @property
    def routes(self) -> tuple[Route, ...]:
        """Its addresses."""
        return (
            Route("/", self.home, methods=["GET"]),
            Route("/pages/sign-in", self.begin, methods=["GET"]),
            Route(BACK, self.finish, methods=["GET"]),
            Route("/pages/sign-out", self.leave, methods=["POST"]),
            Route("/pages/signed-out", self.left, methods=["GET"]),
        )

    async def home(self, _: Request) -> Response:
        """To the overview."""
        return RedirectResponse("/pages", 303)

    async def begin(self, request: Request) -> Response:
        """To the issuer, with an attempt that only this browser can finish."""
        attempt = Attempt.new()
        response = RedirectResponse(await self._sign_in.address(attempt, self._origin + BACK), 303)
        kept = {**attempt._asdict(), "next": local(request.query_params.get("next", ""))}
        sealed = self._vault.seal(ATTEMPT, kept, clock.now().timestamp() + ATTEMPT_S)
        self._remember(response, ATTEMPT, sealed, ATTEMPT_S, BACK)
        return response

    async def finish(self, request: Request) -> Response:
        """Back from the issuer: check that it is the answer to our question, and open a session."""
        now = clock.now().timestamp()
        kept = self._vault.open(ATTEMPT, request.cookies.get(ATTEMPT, ""), now)
        asked = request.query_params
        if kept is None or asked.get("state") != kept["state"]:
            raise Unauthenticated("This is no answer to a sign-in of this browser, or it came too late.")
        if "code" not in asked:
            raise Unauthenticated("The issuer did not sign you in.")
        attempt = Attempt(kept["state"], kept["nonce"], kept["verifier"])
        principal, expires = await self._sign_in.redeem(attempt, asked["code"], self._origin + BACK)
        expires = min(expires, now + SESSION_S)
        response = RedirectResponse(kept["next"], 303)
        sealed = self._vault.seal_session(principal, expires)
        self._remember(response, SESSION, sealed, int(expires - now), "/")
        response.delete_cookie(ATTEMPT, BACK)
        return response

    async def leave(self, request: Request) -> Response:
        """End the session of this browser."""
        if not same_origin({name.lower(): value for name, value in request.headers.raw}):
            raise Forbidden("other_origin", "This was sent from a page of another site, so nothing was done.")
        response = RedirectResponse("/pages/signed-out", 303)
        response.delete_cookie(SESSION, "/")
        return response

    async def left(self, _: Request) -> Response:
        """Say so, instead of leading straight back to the sign-in."""
        return page("signed_out.html", None, here="")

    def _remember(self, response: Response, name: str, value: str, seconds: int, path: str) -> None:
        response.set_cookie(
            name, value, seconds, path=path, secure=self._is_secure, httponly=True, samesite="lax"
        )


def local(wanted: str) -> str:
    """An address of our own pages; the overview instead of any other."""
    is_plain = len(wanted) < 1000 and wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    parts = urlsplit(wanted) if is_plain else None
    is_ours = parts and not parts.scheme and not parts.netloc and f"{parts.path}/".startswith("/pages/")
    return wanted if is_ours else "/pages"
