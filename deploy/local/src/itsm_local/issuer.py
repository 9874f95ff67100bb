"""The local development issuer: a key in .run/issuer/, its public half for the services, and tokens.

Services read `jwks.json` from the file, and a token is signed by whoever may read the key; only who signs
in with a browser needs its server (issuer_server.py). Delete the folder to make all tokens void.
"""

import json
import re
import uuid
from collections.abc import Sequence
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm

from itsm_local.passwords import write_private

ISSUER = "http://127.0.0.1/itsm-development"
AUDIENCE = "itsm"
ALGORITHM = "ES256"
LIFETIME = 12 * 3600

ROLES = frozenset({"requester", "agent", "manager", "change_manager", "admin", "service"})
TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What the services let in; said here too, so that a slip is told where it was made."""
SUBJECT = re.compile(r"[A-Za-z0-9@._-]{1,64}")


class Issuer:
    """Signs tokens with the key in `folder`, which is made when there is none; `url` is its name."""

    def __init__(self, folder: Path, url: str = ISSUER) -> None:
        self.folder = folder
        self.url = url
        self._key_file = folder / "key.pem"
        self._jwks_file = folder / "jwks.json"
        if not self._jwks_file.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_key()

    @property
    def keys(self) -> str:
        """The public half, as a JWKS."""
        return self._jwks_file.read_text()

    @property
    def settings(self) -> dict[str, str]:
        """What a service needs in its environment to trust our tokens."""
        return {
            "ITSM_JWT_ISSUER": self.url,
            "ITSM_JWT_AUDIENCE": AUDIENCE,
            "ITSM_JWKS_URL": self._jwks_file.resolve().as_uri(),
        }

    def token(self, tenant: str, roles: Sequence[str], subject: str, now: int) -> str:
        """A bearer token for one person of one tenant, good for 12 hours from `now` (seconds since 1970)."""
        return self._sign({"aud": AUDIENCE, "sub": subject, "tenant": tenant, "roles": list(roles)}, now)

    def identity(self, client: str, subject: str, nonce: str, now: int) -> str:
        """An ID token, which tells a client who has signed in."""
        return self._sign({"aud": client, "sub": subject, "nonce": nonce}, now)

    def _sign(self, claims: dict[str, object], now: int) -> str:
        kid = json.loads(self.keys)["keys"][0]["kid"]
        times = {"iat": now, "nbf": now, "exp": now + LIFETIME}
        claims = {"iss": self.url, **claims, **times, "jti": str(uuid.uuid4())}
        return jwt.encode(claims, self._key_file.read_text(), algorithm=ALGORITHM, headers={"kid": kid})

    def _make_key(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(self._key_file, pem.decode())
        public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        entry = {**public, "kid": uuid.uuid4().hex[:16], "use": "sig", "alg": ALGORITHM}
        write_private(self._jwks_file, json.dumps({"keys": [entry]}, indent=1))
