"""The incident service's own settings, beside those that every service has."""

from itsm_chassis.run.settings import Settings
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Closing(BaseSettings):
    """When a resolved incident closes by itself."""

    model_config = SettingsConfigDict(env_prefix="ITSM_", extra="ignore")

    auto_close_days: float = Field(5, ge=0, le=3650)
    """Days after the resolution (for imported ones after the import); 0 = never."""


class IncidentSettings(Settings, Closing):
    """Everything that this service's process reads from the environment."""


class Client(BaseSettings):
    """What `import` needs: it is a client of the API and runs anywhere."""

    model_config = SettingsConfigDict(env_prefix="ITSM_", extra="ignore")

    incident_url: str = "http://127.0.0.1:8001"
    token: str | None = None
