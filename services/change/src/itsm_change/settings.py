"""What the client of the change service reads from the environment; the service has none of its own."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Client(BaseSettings):
    """What `import` needs: it is a client of the API and runs anywhere."""

    model_config = SettingsConfigDict(env_prefix="ITSM_", extra="ignore")

    change_url: str = "http://127.0.0.1:8002"
    token: str | None = None
