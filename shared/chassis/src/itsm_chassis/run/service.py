"""What a service is, in one value: its app.py makes it, `main` runs it."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from sqlalchemy import MetaData

from itsm_chassis.auth.links import Links
from itsm_chassis.bus.consumer import Subscription
from itsm_chassis.http.site import Site
from itsm_chassis.run.settings import Settings
from itsm_chassis.store.database import Database


@dataclass(frozen=True, slots=True)
class Timer:
    """Work that the clock starts: `run` is called every `every_s` seconds by each worker.

    It must be harmless when two replicas run it at once (SKIP LOCKED, or a conditional write).
    """

    name: str
    every_s: float
    run: Callable[[Database], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Part:
    """Work that goes on for as long as the worker: `run` is started again where it ends or fails.

    It must be harmless when two replicas run it at once.
    """

    name: str
    run: Callable[[Database], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Service:
    """A composition root. `name` is short (`incident`), `package` holds `migrations`."""

    name: str
    title: str
    description: str
    version: str
    package: str
    metadata: MetaData
    routers: Sequence[APIRouter]
    permissions: Mapping[str, frozenset[str]]
    subscriptions: Sequence[Subscription] = ()
    timers: Sequence[Timer] = ()
    parts: Sequence[Part] = ()
    feed_scope: Callable[..., Any] | None = None
    commands: Mapping[str, Callable[[Any, Sequence[str]], Coroutine[Any, Any, int]]] = field(
        default_factory=dict
    )
    """Further verbs of `python -m`, each given the arguments behind it."""
    settings: type[Settings] = Settings
    links: Callable[[Any, Database], Links] | None = None
    """What checks its signed links, from its settings and its database."""
    site: Callable[[Any], Site] | None = None
    """What its pages stand on, from its settings."""
