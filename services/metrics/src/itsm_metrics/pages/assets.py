"""Style sheets and scripts, from this package alone: read once, and kept by browsers for good."""

from hashlib import sha256
from pathlib import Path

from itsm_chassis.errors import Missing
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    path.relative_to(FOLDER).as_posix(): path.read_bytes()
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in TYPES
}
VERSIONS = {name: sha256(content).hexdigest()[:12] for name, content in FILES.items()}
FOR_GOOD = "public, max-age=31536000, immutable"


def address(name: str) -> str:
    """Where a file is; another content has another address."""
    return f"/pages/static/{name}?v={VERSIONS[name]}"


async def serve(request: Request) -> Response:
    """One of the files."""
    name = request.path_params["name"]
    if name not in FILES:
        raise Missing("file")
    headers = {"Cache-Control": FOR_GOOD} if request.url.query == f"v={VERSIONS[name]}" else {}
    return Response(FILES[name], 200, headers, TYPES[Path(name).suffix])


ROUTES = (Route("/pages/static/{name:path}", serve, methods=["GET"]),)
