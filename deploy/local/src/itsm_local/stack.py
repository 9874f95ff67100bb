"""All parts of the suite on one machine, and how they are wired to one another."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from itsm_local.clone import Clone, issuer_port, service_ports
from itsm_local.databases import provision_now
from itsm_local.issuer import Issuer
from itsm_local.issuer_server import IssuerServer
from itsm_local.keeper import Part
from itsm_local.passwords import password
from itsm_local.postgres import Postgres
from itsm_local.rabbitmq import RabbitMQ
from itsm_local.service import Service


@dataclass
class Stack:
    """`servers` are those that we start; `external` those that the operator named: name to address."""

    servers: list[Part] = field(default_factory=list)
    services: list[Part] = field(default_factory=list)
    external: dict[str, str] = field(default_factory=dict)
    database_answers: threading.Event = field(default_factory=threading.Event)


def assemble(clone: Clone, say: Callable[[str], None]) -> Stack:
    """The parts of this clone, nothing started yet."""
    stack = Stack()
    issuer = issuer_of(clone)
    database_url = os.environ.get("DATABASE_URL", "").replace("postgresql+asyncpg:", "postgresql:")
    amqp_url = os.environ.get("AMQP_URL", "")
    if database_url:
        stack.external["postgres"] = database_url
        stack.database_answers.set()
    else:
        postgres = Postgres(clone.run / "postgres", log=clone.log("postgres"))
        stack.servers.append(postgres)
        database_url = postgres.url
    if amqp_url:
        stack.external["rabbitmq"] = amqp_url
    else:
        rabbitmq = RabbitMQ(clone.run / "rabbitmq", log=clone.log("rabbitmq"), say=say)
        stack.servers.append(rabbitmq)
        amqp_url = rabbitmq.url

    stack.servers.append(IssuerServer(issuer, issuer_port(), clone.run, clone.log("issuer")))

    def settings_of(service: str) -> Callable[[], Mapping[str, str]]:
        database = f"itsm_{service}"
        secrets = [password(clone.run, f"{database}_{role}") for role in ("owner", "app")]

        def settings() -> Mapping[str, str]:
            stack.database_answers.wait()
            owner_url, app_url = provision_now(database_url, database, *secrets)
            return {
                "ITSM_DATABASE_URL": app_url,
                "ITSM_MIGRATION_DATABASE_URL": owner_url,
                "ITSM_AMQP_URL": amqp_url,
                "ITSM_LOG_FORMAT": os.environ.get("ITSM_LOG_FORMAT", "console"),
                **issuer.settings,
            }

        return settings

    for name, port in service_ports().items():
        record = clone.environments / f"{name}.json"
        stack.services.append(Service(name, port, clone.run, clone.log(name), record, settings_of(name)))
    return stack


def issuer_of(clone: Clone) -> Issuer:
    """Who signs this clone's tokens, by the address at which people sign in."""
    return Issuer(clone.run / "issuer", f"http://127.0.0.1:{issuer_port()}")


def port_of(url: str) -> int:
    """The port in an external address, or its protocol's own."""
    return urlsplit(url).port or (5432 if url.startswith("postgres") else 5672)
