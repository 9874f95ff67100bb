"""What a service needs to know about its surroundings: the environment variables ITSM_*."""

import hashlib
import sys
from functools import cached_property
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One process's settings. A service with wishes of its own extends this class."""

    model_config = SettingsConfigDict(env_prefix="ITSM_", extra="ignore")

    database_url: str
    """PostgreSQL with the runtime role, `postgresql://role:secret@host:port/database`."""
    migration_database_url: str | None = None
    """The same database with the role that owns it; only `migrate` needs it."""
    amqp_url: str = "amqp://guest:guest@127.0.0.1:5672/"
    jwt_issuer: str
    jwt_audience: str = "itsm"
    jwks_url: str | None = None
    """https:, http: or file:; where absent it is discovered from the issuer (OIDC)."""
    host: str = "127.0.0.1"
    port: int = 8000
    database_connections: int = 10
    log_format: Literal["json", "console"] = "console" if sys.stderr.isatty() else "json"
    cursor_secret: str | None = None
    """Signs paging cursors; replicas must agree. Default: derived from the database's URL."""
    pages_url: str | None = None
    """Where browsers reach the service's pages. Default: `http://<host>:<port>`."""
    pages_client: str = "itsm-pages"
    """The name under which the issuer knows the pages: a public client (PKCE, no secret)."""
    session_secret: str | None = None
    """Encrypts sessions; replicas must agree. Default: derived from the database's URL."""

    @property
    def pages_origin(self) -> str:
        """Scheme, host and port of the pages."""
        return (self.pages_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def session_key(self) -> bytes:
        """What sessions are encrypted with; another one signs everybody out."""
        return f"session {self.session_secret or self.database_url}".encode()

    @cached_property
    def cursor_key(self) -> bytes:
        """The key that signs paging cursors."""
        return hashlib.sha256(f"cursor {self.cursor_secret or self.database_url}".encode()).digest()
