"""The change service's own settings, beside those that every service has."""

import hashlib
from functools import cached_property

from itsm_chassis.run.settings import Settings
from pydantic_settings import BaseSettings, SettingsConfigDict


class ChangeSettings(Settings):
    """Everything that this service's process reads from the environment."""

    link_secret: str | None = None
    """Signs links to the calendar; replicas must agree. Default: derived from the database's URL."""

    @cached_property
    def link_key(self) -> bytes:
        """The key that signs links; another one makes every link invalid."""
        return hashlib.sha256(f"link {self.link_secret or self.database_url}".encode()).digest()


class Client(BaseSettings):
    """What `import` needs: it is a client of the API and runs anywhere."""

    model_config = SettingsConfigDict(env_prefix="ITSM_", extra="ignore")

    change_url: str = "http://127.0.0.1:8002"
    token: str | None = None
