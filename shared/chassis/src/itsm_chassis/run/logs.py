"""Logging: JSON for machines, readable lines at a terminal; libraries' lines in the same form as ours."""

import logging
import sys
from typing import Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer

LEVELS = {
    "aio_pika": logging.CRITICAL,  # each failed connection; the part that needs it says so once
    "aiormq": logging.CRITICAL,
    "uvicorn.error": logging.WARNING,
    "alembic": logging.WARNING,
    "httpx2": logging.WARNING,
}
"""From which level on a library is heard; the lowest is INFO."""


def configure(form: Literal["json", "console"], service: str) -> None:
    """Send everything to stderr: our lines straight, since requests wait for them; libraries' by logging."""
    before: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered = renderers(form)
    structlog.configure(
        processors=[*before, *rendered],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    foreign = [*before, structlog.stdlib.add_logger_name]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=[remove, *rendered])
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
    structlog.contextvars.bind_contextvars(service=service)


def renderers(form: Literal["json", "console"]) -> list[structlog.types.Processor]:
    """The last steps of a line. None shows local variables: they hold secrets and people's data."""
    if form == "console":
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    tracebacks = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    return [tracebacks, structlog.processors.JSONRenderer()]
