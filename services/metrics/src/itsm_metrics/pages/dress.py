"""What a browser is shown where a program is told a problem."""

import json
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from itsm_metrics.pages.render import page

NEXT = {
    401: "Sign in again.",
    403: "Ask an administrator for a role that may look at this.",
    404: "It may have been a slip in the address. The overview leads to all that there is.",
    422: "Go back and change what is named here.",
    503: "Wait a moment, then load the page again. Nothing is lost.",
}
OTHER = "Try again. If it stays so, tell whoever runs this service the trace id below."


def dress(request: Request, problem: Response) -> Response:
    """A page for a page's problem; whoever is not signed in is led to where that is done."""
    path = request.scope["path"]
    if path != "/" and path != "/pages" and not path.startswith("/pages/"):
        return problem
    if problem.status_code == 401 and request.method == "GET" and not path.startswith("/pages/sign-in"):
        return to_sign_in(request)
    told = json.loads(bytes(problem.body))
    shown = page(
        "error.html", None, problem.status_code, told=told, then=NEXT.get(problem.status_code, OTHER), here=""
    )
    for name in ("Retry-After", "Allow"):
        if name in problem.headers:
            shown.headers[name] = problem.headers[name]
    return shown


def to_sign_in(request: Request) -> Response:
    """To the sign-in, and from there back to where they wanted to go; a script is told to go there."""
    if "hx-request" in request.headers:
        wanted = urlsplit(request.headers.get("hx-current-url", "")).path
        return Response(status_code=204, headers={"HX-Redirect": sign_in_address(wanted or "/pages")})
    query = request.url.query
    return RedirectResponse(sign_in_address(request.url.path + (f"?{query}" if query else "")), 303)


def sign_in_address(wanted: str) -> str:
    """Where signing in begins."""
    return f"/pages/sign-in?{urlencode({'next': wanted})}"
