"""The development issuer as a process: discovery, keys, a form to sign in with, and tokens for codes."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, parse_qsl, urlsplit

from itsm_local.authorization import Authorization, WronglyAsked
from itsm_local.failure import LauncherError
from itsm_local.issuer import ROLES, Issuer
from itsm_local.processes import Child, Identity, how_it_ended

LARGEST = 64 * 1024
FORM = Template((Path(__file__).parent / "sign_in.html").read_text())
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


class IssuerServer:
    """A part of the stack; `issuer` says where it answers."""

    name = "issuer"

    def __init__(self, issuer: Issuer, port: int, run: Path, log: Path) -> None:
        self.port = port
        self._issuer = issuer
        self._child = Child(self.name, run, log)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self._issuer.url

    @property
    def identity(self) -> Identity | None:
        """Its process, or None while it does not run."""
        return self._child.identity

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [sys.executable, "-m", "itsm_local.issuer_server", str(self._issuer.folder), self.url]
        self._child.launch([*command, str(self.port)], dict(os.environ))
        while self.identity is not None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise LauncherError(f"issuer {how_it_ended(self.wait())} while it started; see {self._child.log}.")

    def wait(self) -> int:
        """Block until the process has ended."""
        return self._child.wait()

    def stop(self, *, final: bool = False) -> None:
        """It holds nothing that would have to be finished."""
        self._child.stop(final=final)


class Handler(BaseHTTPRequestHandler):
    """GET the documents and the form, POST the form and the code."""

    issuer: Issuer
    authorization: Authorization
    lock = threading.Lock()
    timeout = 10

    def do_GET(self) -> None:
        """Discovery, keys, and the form."""
        address = urlsplit(self.path)
        match address.path:
            case "/.well-known/openid-configuration":
                self._say(HTTPStatus.OK, json.dumps(discovery(self.issuer.url)), "application/json")
            case "/jwks":
                self._say(HTTPStatus.OK, self.issuer.keys, "application/json")
            case "/authorize":
                try:
                    asked = self.authorization.understand(dict(parse_qsl(address.query)))
                    self._say(HTTPStatus.OK, form(asked, address.query), "text/html")
                except WronglyAsked as error:
                    self._say(HTTPStatus.BAD_REQUEST, str(error), "text/plain")
            case _:
                self._say(HTTPStatus.NOT_FOUND, "There is nothing at this address.", "text/plain")

    def do_POST(self) -> None:
        """Sign in, or redeem."""
        address = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        if length > LARGEST:
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large.", "text/plain")
            return
        given = parse_qs(self.rfile.read(length).decode(errors="replace"))
        fields = {name: values[-1] for name, values in given.items()}
        now = int(time.time())
        with self.lock:
            try:
                if address.path == "/authorize":
                    asked = self.authorization.understand(dict(parse_qsl(address.query)))
                    self._go(self.authorization.grant(asked, fields, given.get("roles", []), now))
                elif address.path == "/token":
                    told = json.dumps(self.authorization.redeem(fields, now))
                    self._say(HTTPStatus.OK, told, "application/json")
                else:
                    self._say(HTTPStatus.NOT_FOUND, "There is nothing at this address.", "text/plain")
            except WronglyAsked as error:
                if address.path == "/token":
                    told = json.dumps({"error": "invalid_grant", "error_description": str(error)})
                    self._say(HTTPStatus.BAD_REQUEST, told, "application/json")
                else:
                    self._say(HTTPStatus.BAD_REQUEST, str(error), "text/plain")

    def _go(self, address: str) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: HTTPStatus, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(status)
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body))}
        headers |= {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def discovery(url: str) -> Mapping[str, object]:
    """What clients need to know about us."""
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
    }


def form(asked: Mapping[str, str], query: str) -> str:
    """The page on which a developer says who they want to be."""
    boxes = "".join(
        f'<label class="box"><input type="checkbox" name="roles" value="{role}"'
        f"{' checked' if role == 'manager' else ''}> {role.replace('_', ' ')}</label>"
        for role in sorted(ROLES)
    )
    return FORM.substitute(client=escape(asked["client_id"]), query=escape(query), roles=boxes)


def serve(folder: Path, url: str, port: int) -> None:
    """Until the process is ended."""
    Handler.issuer = Issuer(folder, url)
    Handler.authorization = Authorization(Handler.issuer)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"for development only: whoever asks at {url} is who they say", flush=True)  # its log
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
